export { ClientTokens, type ClientTokensOptions, type Identified, type TokenOwner } from './client-tokens.ts';
export { ProxyError } from './errors.ts';
export { startLocalProxy } from './server.ts';
export type {
  AccessState,
  LocalProxy,
  LocalProxyOptions,
  RequestLog,
  RequestOwner,
  RoleResolution,
  Upstream,
} from './types.ts';
