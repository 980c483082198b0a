import { PosternError } from '../contract/errors.ts';

/** A file of Postern's own state could not be read or written. The file that was there is intact. */
export class StateError extends PosternError<'POSTERN_STATE_UNREADABLE' | 'POSTERN_STATE_UNWRITABLE'> {}
