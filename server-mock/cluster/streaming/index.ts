import type { StreamingDeps, StreamingHandlers } from '../streaming-types.ts';
import { attach } from './attach.ts';
import { exec, type RemoteCommands } from './exec.ts';
import { logs } from './logs.ts';
import { PodPorts } from './pod-ports.ts';
import { portForward } from './port-forward.ts';
import type { SpdyConnection } from './spdy/connection.ts';

export { Containers } from './container/containers.ts';

/** Serves logs, exec, attach and port-forward of the pods whose containers are in `deps.containers`. */
export function createStreamingHandlers({ clock, containers }: StreamingDeps): StreamingHandlers {
  const closing = new AbortController();
  const remoteCommands: RemoteCommands = { containers, clock, open: new Set() };
  const forwards = new Set<SpdyConnection>();
  const ports = new PodPorts(containers);
  return {
    log: (request, response, target) => logs({ containers, clock, closing: closing.signal }, request, response, target),
    exec: (request, socket, head, target) => exec(remoteCommands, request, socket, head, target),
    attach: (request, socket, head, target) => attach(remoteCommands, request, socket, head, target),
    portForward: (request, socket, head, target) =>
      portForward({ ports, clock, open: forwards }, request, socket, head, target),
    close() {
      closing.abort();
      for (const remote of remoteCommands.open) remote.destroy();
      for (const connection of forwards) connection.destroy();
      ports.close();
    },
  };
}
