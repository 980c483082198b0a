import type { RunningCore } from '../running-core.ts';
import { contract } from './implementation.ts';

export function identityProcedures(core: RunningCore) {
  return {
    signIn: contract.identity.signIn.handler(({ input, signal }) =>
      core.signIn(input.method, input.controllerUrl, signal),
    ),
    cancelSignIn: contract.identity.cancelSignIn.handler(() => {
      core.organisation?.identity.cancelSignIn();
      return {};
    }),
    signOut: contract.identity.signOut.handler(async () => {
      await core.signOut();
      return {};
    }),
  };
}
