import { TunnelError } from '../errors.ts';

/** A message that is not readable HTTP/1.1. `status` is what a server answers to it. */
export class MessageError extends TunnelError {
  readonly status: 400 | 431 | 505;

  constructor(message: string, status: 400 | 431 | 505 = 400) {
    super('POSTERN_TUNNEL_MESSAGE_INVALID', message);
    this.status = status;
  }
}
