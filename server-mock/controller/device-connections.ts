import type { PosternError } from '../../proxy-core/contract/errors.ts';
import type { TunnelConnection } from '../../proxy-core/tunnel/index.ts';
import type { Clock } from './clock.ts';
import { ControllerError } from './errors.ts';
import type { Device } from './identity/devices.ts';

/** Node's timers cannot count further. */
const longestTimerMs = 2 ** 31 - 1;
/** Lets the last push, which says why, get out before the connection goes. */
const farewellMs = 250;

/** The tunnel connections of signed-in devices. One ends when its device may no longer ask. */
export class DeviceConnections {
  readonly #clock: Clock;
  readonly #connections = new Map<string, Set<TunnelConnection>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(device: Device, connection: TunnelConnection): void {
    const others = this.#connections.get(device.id) ?? new Set();
    this.#connections.set(device.id, others.add(connection));
    const stopWaiting = this.#endWithCertificate(device, connection);
    connection.onClose(() => {
      stopWaiting();
      others.delete(connection);
      if (others.size === 0 && this.#connections.get(device.id) === others) this.#connections.delete(device.id);
    });
  }

  /** Ends a device's connections; the reason is told to it. */
  async end(deviceId: string, reason: PosternError): Promise<void> {
    const connections = [...(this.#connections.get(deviceId) ?? [])];
    await Promise.all(connections.map((connection) => connection.close({ drainMs: farewellMs, reason })));
  }

  /** Ordered, all of them. */
  async close(options: { drainMs: number; reason: PosternError }): Promise<void> {
    const all = [...this.#connections.values()].flatMap((connections) => [...connections]);
    await Promise.all(all.map((connection) => connection.close(options)));
  }

  /** A renewal of the same key moves the end, also of connections that began with the certificate before. */
  #endWithCertificate(device: Device, connection: TunnelConnection): () => void {
    let timer: unknown;
    const check = () => {
      const leftMs = device.certificateExpiresAtMs - this.#clock.now();
      if (leftMs > 0) timer = this.#clock.setTimeout(check, Math.min(leftMs, longestTimerMs));
      else
        connection.destroy(
          new ControllerError('POSTERN_CERTIFICATE_EXPIRED', 'the device certificate has expired', {
            hint: 'sign in again',
          }),
        );
    };
    check();
    return () => this.#clock.clearTimeout(timer);
  }
}
