import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type MessagePortMain, PortBridge, type PortMessage } from './ports.ts';

export type UtilityMessage = PortMessage | { kind: 'message'; data: unknown; ports: number[] };

const entry = new URL('./utility-process-entry.ts', import.meta.url);

/** Electron's `UtilityProcess`: a process of plain Node with `process.parentPort`. */
class UtilityProcess extends EventEmitter {
  readonly #child: ChildProcess;
  readonly #ports: PortBridge;

  constructor(file: string, args: string[]) {
    super();
    this.#child = spawn(process.execPath, ['--import', fileURLToPath(entry), file, ...args], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    this.#ports = new PortBridge((message) => this.#send(message));
    this.#child.on('message', (message) => {
      const received = message as UtilityMessage;
      if (received.kind === 'message') this.emit('message', received.data);
      else this.#ports.receive(received);
    });
    this.#child.once('exit', (code) => {
      this.#ports.closeAll();
      this.emit('exit', code ?? 1);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }
  postMessage(data: unknown, ports: MessagePortMain[] = []): void {
    this.#send({ kind: 'message', data, ports: ports.map((port) => this.#ports.give(port.transfer())) });
  }
  kill(): boolean {
    return this.#child.kill('SIGKILL');
  }

  #send(message: UtilityMessage): void {
    if (this.#child.connected) this.#child.send(message);
  }
}

export const utilityProcess = { fork: (file: string, args: string[] = []) => new UtilityProcess(file, args) };
