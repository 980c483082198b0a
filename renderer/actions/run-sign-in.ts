import type { SignInProgress } from '../../proxy-core/contract/app.ts';
import type { PosternError } from '../../proxy-core/contract/errors.ts';
import type { Bridge } from '../bridge/bridge.ts';
import { rebuildError } from '../bridge/rebuild-error.ts';

export type SignInMethod = 'browser' | 'url' | 'device';

/**
 * Signs in and reports each step. Where a sign-in is under way already, the core joins this one to it.
 *
 * @returns the error that ended it, or null
 */
export async function runSignIn(
  bridge: Bridge,
  input: { method: SignInMethod; controllerUrl?: string },
  onProgress: (progress: SignInProgress) => void,
): Promise<PosternError | null> {
  try {
    for await (const progress of await bridge.identity.signIn(input)) onProgress(progress);
    return null;
  } catch (error) {
    return rebuildError(error);
  }
}
