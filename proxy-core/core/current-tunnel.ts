import type { Duplex } from 'node:stream';
import { type StreamOpener, type StreamTarget, TunnelError } from '../tunnel/index.ts';

/** The tunnel of whoever is signed in now, so that the local proxy's agent outlives every single one. */
export class CurrentTunnel implements StreamOpener {
  #tunnel: StreamOpener | undefined;

  set(tunnel: StreamOpener | undefined): void {
    this.#tunnel = tunnel;
  }

  async open(target: StreamTarget, options?: { signal?: AbortSignal }): Promise<Duplex> {
    if (!this.#tunnel) {
      throw new TunnelError('POSTERN_TUNNEL_UNAVAILABLE', 'Nobody is signed in, so there is no tunnel', {
        hint: 'sign in',
      });
    }
    return this.#tunnel.open(target, options);
  }
}
