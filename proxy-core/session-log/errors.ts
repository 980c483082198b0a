import { PosternError } from '../contract/errors.ts';

export class SessionLogError extends PosternError<
  'POSTERN_SESSION_UNKNOWN' | 'POSTERN_STATE_UNREADABLE' | 'POSTERN_STATE_UNWRITABLE'
> {}
