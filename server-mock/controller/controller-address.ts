import { formatControllerUrl, pinOf } from '../../proxy-core/tunnel/index.ts';
import type { ControllerConfig } from './config.ts';
import { formatHostPort, type HostPort, parseHostPort } from './host-port.ts';

/** Under which addresses a controller is reached, once its listener has a port. */
export interface ControllerAddresses {
  /** `host:port` of the listener itself. */
  listener: string;
  /** `host:port` of each replica, as apps and agents dial it. */
  replicas: string[];
  /** With the pin, unless the listener's certificate is publicly trusted. */
  url: string;
}

export function controllerAddresses(
  config: ControllerConfig,
  bound: HostPort,
  certificateAuthority: string,
): ControllerAddresses {
  const listener = formatHostPort(bound);
  const replicas =
    config.advertise.length > 0
      ? config.advertise
      : [formatHostPort({ host: reachableHost(bound.host), port: bound.port })];
  const first = parseHostPort(replicas[0]!)!;
  return {
    listener,
    replicas,
    url: formatControllerUrl({ ...first, pin: config.tls ? null : pinOf(certificateAuthority) }),
  };
}

/** The names that the listener's certificate must carry. */
export function listenerHosts(config: ControllerConfig): string[] {
  const listen = parseHostPort(config.listen)!;
  return [
    ...config.advertise.map((address) => parseHostPort(address)!.host),
    reachableHost(listen.host),
    '127.0.0.1',
    'localhost',
  ];
}

/** Whether only this machine can dial what is advertised, though the listener is open to others. */
export function isAdvertisedTooNarrowly({ listen, advertise }: ControllerConfig): boolean {
  return advertise.length === 0 && isEveryAddress(parseHostPort(listen)!.host);
}

/** Nobody can dial the address that means every address. */
function reachableHost(host: string): string {
  return isEveryAddress(host) ? 'localhost' : host;
}

function isEveryAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
