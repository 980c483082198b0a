import type { RunningCore } from '../running-core.ts';
import { contract } from './implementation.ts';

export function kubeconfigProcedures(core: RunningCore) {
  return {
    write: contract.kubeconfig.write.handler(async ({ input }) => {
      const { settings, keeper } = core.parts;
      if (input.merge !== undefined) await settings.set({ mergeKubeconfig: input.merge });
      core.publish();
      await keeper.rewrite();
      core.publish();
      keeper.throwFailure();
      return keeper.state;
    }),
  };
}
