import { PosternError } from '../contract/errors.ts';

/** The core could not start, or cannot do what was asked in its present state. */
export class CoreError extends PosternError<
  | 'POSTERN_CORE_RUNNING'
  | 'POSTERN_CORE_NOT_RUNNING'
  | 'POSTERN_SIGNED_OUT'
  | 'POSTERN_CONTROLLER_URL_INVALID'
  | 'POSTERN_CONTROLLER_UNREACHABLE'
  | 'POSTERN_CLUSTER_UNKNOWN'
  | 'POSTERN_STATE_UNREADABLE'
  | 'POSTERN_INPUT_INVALID'
  | 'POSTERN_INTERNAL'
> {}
