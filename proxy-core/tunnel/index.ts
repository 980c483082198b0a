export { acceptTunnel, openOverTunnel, refuseTunnel } from './accept.ts';
export { freeBuffersEarly } from './buffer-memory.ts';
export { ciphers } from './ciphers.ts';
export { type Clock, systemClock } from './clock.ts';
export { type ConnectionOptions, defaultDrainMs } from './connection.ts';
export {
  type ControllerAddress,
  controllerOrigin,
  formatControllerUrl,
  parseControllerUrl,
  pinOf,
} from './controller-address.ts';
export { type ControllerHttpsAgentOptions, controllerHttpsAgent } from './controller-https-agent.ts';
export { type DiscoveredController, type DiscoverOptions, discover } from './discover.ts';
export { TunnelError, type TunnelErrorCode } from './errors.ts';
export { fetchOver } from './fetch-over.ts';
export { type TunnelHttpAgentOptions, tunnelHttpAgent } from './http-agent.ts';
export { Cut } from './http1/cut.ts';
export { Exchange } from './http1/exchange.ts';
export type { ForwardedHead, ForwardOutcome } from './http1/forward-options.ts';
export type { RequestHead } from './http1/head.ts';
export { endToEndHeaders, type HeaderList, headerValue, withoutHeaders } from './http1/header-list.ts';
export { HttpServer } from './http1/http-server.ts';
export { MessageError } from './http1/message-error.ts';
export { tunnelPool, UpstreamPool } from './http1/upstream-pool.ts';
export type { Environment } from './outbound-proxy.ts';
export { createStreamServer, maxHeaderBytes, serveHttp } from './serve-http.ts';
export { Tunnel, type TunnelOptions } from './tunnel.ts';
export { TunnelStream } from './tunnel-stream.ts';
export * from './types.ts';
export { uuidv7 } from './uuid.ts';
