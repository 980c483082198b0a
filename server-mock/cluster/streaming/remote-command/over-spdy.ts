import type { IncomingMessage } from 'node:http';
import { type Duplex, Writable } from 'node:stream';
import type { Clock } from '../../clock.ts';
import { SpdyConnection, type SpdyStream } from '../spdy/connection.ts';
import { acceptSpdy } from '../spdy/upgrade.ts';
import { type Outcome, patienceMs, type RemoteCommand, type RemoteCommandOptions } from './remote-command.ts';
import { SizeReports } from './resize.ts';

/** v4 is the first that tells the exit code, and all that kubectl needs; every kubectl since 1.4 offers it. */
const protocols = ['v4.channel.k8s.io'] as const;

type StreamType = 'error' | 'stdin' | 'stdout' | 'stderr' | 'resize';

/** @see Kubernetes kubelet pkg/cri/streaming/remotecommand/httpstream.go (v1.33) */
export async function openOverSpdy(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: RemoteCommandOptions,
  clock: Clock,
): Promise<RemoteCommand | undefined> {
  if (!acceptSpdy(request, socket, head, protocols)) return undefined;
  const expected = new Set<StreamType>(['error']);
  for (const type of ['stdin', 'stdout', 'stderr'] as const) if (options[type]) expected.add(type);
  if (options.terminal) expected.add('resize');
  const streams = new Map<StreamType, SpdyStream>();
  return new Promise((resolve) => {
    const connection = new SpdyConnection(socket, (stream) => {
      const type = stream.headers.get('streamtype') as StreamType | undefined;
      if (!type || !expected.has(type) || streams.has(type)) {
        stream.destroy();
        return;
      }
      streams.set(type, stream);
      if (streams.size < expected.size) return;
      callOff();
      resolve(new SpdyRemoteCommand(connection, streams, clock));
    });
    const callOff = clock.after(patienceMs.streams, () => connection.destroy());
    void connection.closed.then(() => {
      callOff();
      resolve(undefined);
    });
  });
}

class SpdyRemoteCommand implements RemoteCommand {
  readonly stdin: SpdyStream | undefined;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly #connection: SpdyConnection;
  readonly #error: SpdyStream | undefined;
  readonly #clock: Clock;
  readonly #gone = new AbortController();
  readonly #sizes = new SizeReports();

  constructor(connection: SpdyConnection, streams: ReadonlyMap<StreamType, SpdyStream>, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
    this.stdin = streams.get('stdin');
    this.stdout = streams.get('stdout') ?? discarding();
    this.stderr = streams.get('stderr') ?? discarding();
    this.#error = streams.get('error');
    // What a client sends on a stream that only the server writes is nothing, and must not fill a buffer.
    for (const type of ['stdout', 'stderr', 'error'] as const) streams.get(type)?.resume();
    streams.get('resize')?.on('data', (chunk: Buffer) => this.#receiveSize(chunk));
    void connection.closed.then(() => this.#gone.abort());
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  onResize(listener: Parameters<RemoteCommand['onResize']>[0]): void {
    this.#sizes.onResize(listener);
  }

  async finish(outcome: Outcome): Promise<void> {
    await Promise.all([finished(this.stdout), finished(this.stderr)]);
    this.stdin?.resume(); // whatever is still typed must not keep the client's close from being read
    this.#error?.write(JSON.stringify(outcome));
    if (this.#error) await finished(this.#error);
    // The client closes first: spdystream may drop what it has received and not yet handed on when it sees an end.
    const callOff = this.#clock.after(patienceMs.close, () => this.#connection.destroy());
    await this.#connection.closed;
    callOff();
  }

  destroy(): void {
    this.#connection.destroy();
  }

  #receiveSize(chunk: Buffer): void {
    try {
      this.#sizes.receive(chunk);
    } catch {
      this.#connection.destroy(); // the client breaks the protocol, and there is nobody to tell
    }
  }
}

function discarding(): Writable {
  return new Writable({ write: (_chunk, _encoding, callback) => callback() });
}

/** Resolves when all that was written to a stream is on its way, or it is closed. */
function finished(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) return resolve();
    stream.once('finish', resolve).once('close', resolve);
    stream.end();
  });
}
