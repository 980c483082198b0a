import { PosternError } from '../contract/errors.ts';

export class TerminalError extends PosternError<'POSTERN_TERMINAL_FAILED' | 'POSTERN_TERMINAL_UNKNOWN'> {}
