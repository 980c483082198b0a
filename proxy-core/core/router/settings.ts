import type { RunningCore } from '../running-core.ts';
import { contract } from './implementation.ts';

export function settingsProcedures(core: RunningCore) {
  return { set: contract.settings.set.handler(({ input }) => core.changeSettings(input)) };
}
