import { PosternError } from '../contract/errors.ts';

/** A kubeconfig could not be read, locked or written. The file that was there is intact. */
export class KubeconfigError extends PosternError<
  'POSTERN_KUBECONFIG_UNREADABLE' | 'POSTERN_KUBECONFIG_LOCKED' | 'POSTERN_KUBECONFIG_UNWRITABLE'
> {}
