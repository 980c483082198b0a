export { acceptTunnel, openOverTunnel, refuseTunnel } from './accept.ts';
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
export { type ForwardOptions, type ForwardOutcome, forwardRequest } from './forward.ts';
export { type TunnelHttpAgentOptions, tunnelHttpAgent } from './http-agent.ts';
export type { Environment } from './outbound-proxy.ts';
export { endToEndHeaders, headerValue, type RawHeaders, withoutHeaders } from './raw-headers.ts';
export { createStreamServer, serveHttp } from './serve-http.ts';
export { Tunnel, type TunnelOptions } from './tunnel.ts';
export { TunnelStream } from './tunnel-stream.ts';
export * from './types.ts';
export { responseOn, spliceUpgrade, type UpgradeOptions } from './upgrade.ts';
export type { ResponseHead, Upstream } from './upstream.ts';
