import type { IncomingMessage } from 'node:http';
import { type Duplex, Readable, Writable } from 'node:stream';
import { type RawData, WebSocket } from 'ws';
import type { Clock } from '../../clock.ts';
import { StreamingError } from '../errors.ts';
import { acceptWebSocket } from '../websocket.ts';
import { type Outcome, patienceMs, type RemoteCommand, type RemoteCommandOptions } from './remote-command.ts';
import { SizeReports } from './resize.ts';

/** The first byte of each message. */
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** RFC 6455 section 7.4.1. */
const closeCode = { normal: 1000, protocolError: 1002 } as const;

/** v5 differs from v4 by `[255, channel]`, which ends a channel: without it stdin has no end. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

/** What stands in memory for a process that does not read its stdin. */
const stdinBufferBytes = 262_144;

/**
 * How long a client has to make its streams before it is written to. A runtime takes longer than that to start a
 * process; here nothing would, and kubectl 1.30 drops what comes before it is ready, such as a shell's prompt. By then
 * it has told its terminal's size, too.
 */
const clientReadyMs = 30;

/** @see Kubernetes apimachinery pkg/util/remotecommand/constants.go, apiserver pkg/util/wsstream (v1.33) */
export async function openOverWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: RemoteCommandOptions,
  clock: Clock,
): Promise<RemoteCommand | undefined> {
  const accepted = await acceptWebSocket(request, socket, head, protocols);
  if (!accepted) return undefined;
  const command = new WebSocketRemoteCommand(accepted.webSocket, accepted.protocol, options, clock);
  await new Promise<void>((resolve) => void clock.after(clientReadyMs, resolve));
  command.greet(options);
  return command;
}

class WebSocketRemoteCommand implements RemoteCommand {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly #webSocket: WebSocket;
  readonly #closable: boolean;
  readonly #clock: Clock;
  readonly #gone = new AbortController();
  readonly #sizes = new SizeReports();

  constructor(webSocket: WebSocket, protocol: string, options: RemoteCommandOptions, clock: Clock) {
    this.#webSocket = webSocket;
    this.#closable = protocol === protocols[0];
    this.#clock = clock;
    this.stdin = options.stdin
      ? new Readable({ read: () => webSocket.resume(), highWaterMark: stdinBufferBytes })
      : undefined;
    this.stdin?.on('error', () => {}); // its reader sees the end
    this.stdout = this.#writable(options.stdout ? channel.stdout : undefined);
    this.stderr = this.#writable(options.stderr ? channel.stderr : undefined);
    webSocket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    webSocket.on('error', () => {}); // a protocol error of the client's; `close` follows
    webSocket.once('close', () => {
      this.#gone.abort();
      this.stdin?.destroy();
      this.stdout.destroy();
      this.stderr.destroy();
    });
  }

  /** An empty message on the lowest output channel tells the client that the streams stand, as wsstream does. */
  greet({ stdout, stderr }: RemoteCommandOptions): void {
    const lowest = stdout ? channel.stdout : stderr ? channel.stderr : channel.error;
    if (this.#webSocket.readyState === WebSocket.OPEN) this.#webSocket.send(Buffer.from([lowest]));
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  onResize(listener: Parameters<RemoteCommand['onResize']>[0]): void {
    this.#sizes.onResize(listener);
  }

  async finish(outcome: Outcome): Promise<void> {
    await Promise.all([ended(this.stdout), ended(this.stderr)]);
    // Nothing that is still typed matters; but the client's answer to our close must be read.
    this.stdin?.destroy();
    this.#webSocket.resume();
    if (this.#webSocket.readyState !== WebSocket.OPEN) return;
    const closed = new Promise<void>((resolve) => this.#webSocket.once('close', () => resolve()));
    this.#webSocket.send(Buffer.concat([Buffer.from([channel.error]), Buffer.from(JSON.stringify(outcome))]));
    this.#webSocket.close(closeCode.normal);
    const callOff = this.#clock.after(patienceMs.close, () => this.#webSocket.terminate());
    await closed;
    callOff();
  }

  destroy(): void {
    this.#webSocket.terminate();
  }

  #receive(data: RawData, isBinary: boolean): void {
    const message = data as Buffer; // `ws` gives Buffers unless told otherwise
    const body = message.subarray(1);
    const number = message[0];
    try {
      if (!isBinary) throw new StreamingError('a text message');
      if (number === channel.stdin) this.#receiveStdin(body);
      else if (number === channel.resize) this.#sizes.receive(body);
      else if (number === channel.close && this.#closable) this.#receiveClose(body);
      // wsstream drops what comes on a channel that only the server writes, and empty messages.
      else if (number !== undefined && number > channel.resize)
        throw new StreamingError(`a message on channel ${number}`);
    } catch (error) {
      this.#webSocket.close(closeCode.protocolError, error instanceof StreamingError ? error.message : '');
      const callOff = this.#clock.after(patienceMs.close, () => this.#webSocket.terminate());
      this.#webSocket.once('close', callOff);
    }
  }

  #receiveStdin(body: Buffer): void {
    if (body.length === 0 || !this.stdin || this.stdin.destroyed || this.stdin.readableEnded) return;
    if (!this.stdin.push(body)) this.#webSocket.pause();
  }

  #receiveClose(body: Buffer): void {
    if (body[0] === channel.stdin && !this.stdin?.destroyed) this.stdin?.push(null);
  }

  #writable(number: number | undefined): Writable {
    const writable = new Writable({
      write: (chunk: Buffer, _encoding, callback) => {
        if (number === undefined) return callback();
        if (this.#webSocket.readyState !== WebSocket.OPEN) return callback(new StreamingError('the client is gone'));
        // Called back when the transport has taken it: a client that does not read stops the process that writes.
        this.#webSocket.send(Buffer.concat([Buffer.from([number]), chunk]), (error) => callback(error));
      },
    });
    return writable.on('error', () => {}); // whoever writes sees that it is closed
  }
}

/** Resolves when all that was written to a stream is on its way, or it is closed. */
function ended(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) return resolve();
    stream.once('close', resolve);
    stream.end();
  });
}
