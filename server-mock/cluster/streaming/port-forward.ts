import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream } from 'ws';
import type { Clock } from '../clock.ts';
import type { Pod } from '../objects.ts';
import { badRequest, refuseUpgrade, StatusError } from '../status.ts';
import type { StreamingTarget } from '../streaming-types.ts';
import type { PodPorts } from './pod-ports.ts';
import { SpdyConnection, type SpdyStream } from './spdy/connection.ts';
import { acceptSpdy } from './spdy/upgrade.ts';
import { acceptWebSocket, isWebSocketUpgrade } from './websocket.ts';

const protocol = 'portforward.k8s.io';
/** The same SPDY connection, carried in the messages of a WebSocket (kubectl 1.31 and later). */
const tunnelledProtocol = `SPDY/3.1+${protocol}`;

/** How long the second stream of a pair may take to come. */
const pairPatienceMs = 30_000;
const mostWaiting = 128;

/**
 * `pods/NAME/portforward`: each connection to the forwarded port is a pair of streams, for its data and for an error.
 *
 * @throws {StatusError} before the upgrade is answered
 * @see Kubernetes kubelet pkg/cri/streaming/portforward/httpstream.go, apiserver pkg/util/proxy/translatinghandler (v1.33)
 */
export async function portForward(
  deps: { ports: PodPorts; clock: Clock; open: Set<SpdyConnection> },
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  { pod }: StreamingTarget,
): Promise<void> {
  if (pod.status.phase !== 'Running') {
    throw badRequest(`unable to forward port because pod is not running. Current status=${pod.status.phase}`);
  }
  const transport = await openTransport(request, socket, head);
  if (!transport) return;
  const pairs = new StreamPairs(deps.clock, (data, error, port) => serve(deps.ports, pod, port, data, error));
  const connection = new SpdyConnection(transport, (stream) => pairs.add(stream));
  deps.open.add(connection);
  await connection.closed;
  deps.open.delete(connection);
  pairs.close();
}

async function openTransport(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<Duplex | undefined> {
  if (isWebSocketUpgrade(request)) {
    const accepted = await acceptWebSocket(request, socket, head, [tunnelledProtocol]);
    return accepted && createWebSocketStream(accepted.webSocket);
  }
  if (request.headers.upgrade?.toUpperCase() === 'SPDY/3.1') {
    return acceptSpdy(request, socket, head, [protocol]) ? socket : undefined;
  }
  refuseUpgrade(socket, new StatusError(400, 'BadRequest', 'Upgrade request required'));
  return undefined;
}

/** Brings the data stream and the error stream of each forwarded connection together, by their request id. */
class StreamPairs {
  readonly #waiting = new Map<string, { stream: SpdyStream; type: string; callOff: () => void }>();
  readonly #clock: Clock;
  readonly #serve: (data: SpdyStream, error: SpdyStream, port: number) => void;

  constructor(clock: Clock, serve: (data: SpdyStream, error: SpdyStream, port: number) => void) {
    this.#clock = clock;
    this.#serve = serve;
  }

  add(stream: SpdyStream): void {
    const type = stream.headers.get('streamtype');
    const port = Number(stream.headers.get('port'));
    const id = `${stream.headers.get('requestid')} ${port}`;
    const waiting = this.#waiting.get(id);
    const acceptable = (type === 'data' || type === 'error') && Number.isInteger(port) && port > 0 && port < 65_536;
    if (!acceptable || waiting?.type === type || (!waiting && this.#waiting.size >= mostWaiting)) {
      stream.destroy();
      return;
    }
    if (!waiting) {
      const giveUp = () => {
        this.#waiting.delete(id);
        stream.destroy();
      };
      this.#waiting.set(id, { stream, type, callOff: this.#clock.after(pairPatienceMs, giveUp) });
      return;
    }
    waiting.callOff();
    this.#waiting.delete(id);
    if (type === 'data') this.#serve(stream, waiting.stream, port);
    else this.#serve(waiting.stream, stream, port);
  }

  close(): void {
    for (const { callOff } of this.#waiting.values()) callOff();
    this.#waiting.clear();
  }
}

function serve(ports: PodPorts, pod: Pod, port: number, data: SpdyStream, error: SpdyStream): void {
  error.resume();
  if (!ports.connect(pod, port, data)) {
    const namespace = pod.metadata.namespace ?? 'default';
    error.end(
      `error forwarding port ${port} to pod ${pod.metadata.name}, uid : failed to connect to localhost:${port} inside namespace "${namespace}": dial tcp4 127.0.0.1:${port}: connect: connection refused`,
    );
    data.resume();
    data.end();
    return;
  }
  data.once('close', () => error.end());
}
