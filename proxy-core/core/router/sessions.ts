import type { RunningCore } from '../running-core.ts';
import { endedBy } from './ended-by.ts';
import { contract } from './implementation.ts';

export function sessionProcedures(core: RunningCore) {
  const { sessionLog } = core.parts;
  return {
    list: contract.sessions.list.handler(({ input }) => sessionLog.list(input)),
    get: contract.sessions.get.handler(({ input }) => sessionLog.get(input.id)),
    watch: contract.sessions.watch.handler(({ signal }) => endedBy(sessionLog.watch(signal), signal)),
    end: contract.sessions.end.handler(async ({ input, signal }) => {
      const api = await core.api(signal);
      return api.sessions.end({ id: input.id }, signal ? { signal } : {});
    }),
  };
}
