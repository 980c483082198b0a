import { PosternError } from '../contract/errors.ts';

/** The local proxy could not start or cannot take a request. */
export class ProxyError extends PosternError<
  | 'POSTERN_PROXY_PORT_TAKEN'
  | 'POSTERN_PROXY_UNAUTHORIZED'
  | 'POSTERN_PROXY_HOST_REFUSED'
  | 'POSTERN_PROXY_REQUEST_INVALID'
> {}
