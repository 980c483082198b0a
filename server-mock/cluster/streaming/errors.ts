import { PosternError } from '../../../proxy-core/contract/errors.ts';

/**
 * A streaming peer broke its protocol, or a stream cannot go on. Never leaves the emulated cluster as such: whoever
 * holds the connection closes it, and what the client sees is a Kubernetes `Status` or the end of the connection.
 */
export class StreamingError extends PosternError<'POSTERN_INTERNAL'> {
  constructor(message: string, options?: { cause?: unknown }) {
    super('POSTERN_INTERNAL', message, options);
  }
}
