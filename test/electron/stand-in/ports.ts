import { EventEmitter } from 'node:events';

interface Sink {
  message(data: unknown): void;
  closed(): void;
}

/** One end of a channel, wherever its owner is. What arrives before somebody listens waits. */
export class PortEnd {
  #partner: PortEnd | undefined;
  #sink: Sink | undefined;
  #isClosed = false;
  readonly #waiting: unknown[] = [];

  static pair(): [PortEnd, PortEnd] {
    const [one, other] = [new PortEnd(), new PortEnd()];
    one.#partner = other;
    other.#partner = one;
    return [one, other];
  }

  listen(sink: Sink): void {
    this.#sink = sink;
    queueMicrotask(() => this.#flush());
  }

  post(data: unknown): void {
    const partner = this.#partner;
    if (!partner || this.#isClosed) return;
    partner.#waiting.push(structuredClone(data));
    queueMicrotask(() => partner.#flush());
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const partner = this.#partner;
    if (!partner) return;
    queueMicrotask(() => {
      if (partner.#isClosed) return;
      partner.#flush();
      partner.#isClosed = true;
      partner.#sink?.closed();
    });
  }

  #flush(): void {
    if (!this.#sink) return;
    for (const data of this.#waiting.splice(0)) this.#sink.message(data);
  }
}

/** Electron's `MessagePortMain`. */
export class MessagePortMain extends EventEmitter {
  #end: PortEnd | undefined;

  constructor(end: PortEnd) {
    super();
    this.#end = end;
  }

  start(): void {
    this.#end?.listen({
      message: (data) => this.emit('message', { data, ports: [] }),
      closed: () => this.emit('close'),
    });
  }

  postMessage(data: unknown): void {
    this.#end?.post(data);
  }

  close(): void {
    this.#end?.close();
  }

  /** Gives the end away; this object is of no use from then on. */
  transfer(): PortEnd {
    if (!this.#end) throw new Error('the port was transferred before');
    const end = this.#end;
    this.#end = undefined;
    return end;
  }
}

export class MessageChannelMain {
  readonly port1: MessagePortMain;
  readonly port2: MessagePortMain;

  constructor() {
    const [one, other] = PortEnd.pair();
    this.port1 = new MessagePortMain(one);
    this.port2 = new MessagePortMain(other);
  }
}

export type PortMessage = { kind: 'port-message'; port: number; data: unknown } | { kind: 'port-closed'; port: number };

/** Carries ports over a connection to another process. */
export class PortBridge {
  readonly #ends = new Map<number, PortEnd>();
  readonly #send: (message: PortMessage) => void;
  #last = 0;

  constructor(send: (message: PortMessage) => void) {
    this.#send = send;
  }

  /** @returns the number under which the other side knows the port */
  give(end: PortEnd): number {
    const port = ++this.#last;
    this.#carry(port, end);
    return port;
  }

  /** The end that the other side gave under this number. */
  take(port: number): PortEnd {
    const [mine, carried] = PortEnd.pair();
    this.#carry(port, carried);
    return mine;
  }

  receive(message: PortMessage): void {
    const end = this.#ends.get(message.port);
    if (message.kind === 'port-message') end?.post(message.data);
    else {
      this.#ends.delete(message.port);
      end?.close();
    }
  }

  /** The other side is gone. */
  closeAll(): void {
    for (const end of this.#ends.values()) end.close();
    this.#ends.clear();
  }

  #carry(port: number, end: PortEnd): void {
    this.#ends.set(port, end);
    end.listen({
      message: (data) => this.#send({ kind: 'port-message', port, data }),
      closed: () => {
        if (this.#ends.delete(port)) this.#send({ kind: 'port-closed', port });
      },
    });
  }
}
