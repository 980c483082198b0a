import type { RunningCore } from '../running-core.ts';
import { endedBy } from './ended-by.ts';
import { contract } from './implementation.ts';

export function stateProcedures({ parts: { store } }: RunningCore) {
  return {
    get: contract.state.get.handler(() => store.state),
    watch: contract.state.watch.handler(({ signal }) => endedBy(store.watch(signal), signal)),
  };
}
