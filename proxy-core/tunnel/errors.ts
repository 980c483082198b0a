import { type ErrorCode, PosternError } from '../contract/errors.ts';

export type TunnelErrorCode = Extract<
  ErrorCode,
  `POSTERN_TUNNEL_${string}` | `POSTERN_CONTROLLER_${string}` | 'POSTERN_INTERNAL'
>;

/** Whatever goes wrong between two Postern processes: finding the peer, trusting it, keeping a connection, carrying a stream. */
export class TunnelError extends PosternError<TunnelErrorCode> {}
