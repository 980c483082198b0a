import type { Clock } from '../../clock.ts';
import type { Container as ContainerSpec, Pod } from '../../objects.ts';
import { devices } from './devices.ts';
import { type Disk, FileError } from './disk.ts';
import { FileSystem } from './file-system.ts';
import { installBaseFiles, mainCommand } from './image.ts';
import { bytesInput, fileOutput, type Input, type Output } from './io.ts';
import { ContainerLog } from './log.ts';
import { Turns } from './turns.ts';

/** How many processes run in one container at a time, so that a script that runs itself comes to an end. */
const mostProcesses = 128;

export interface ProcessEntry {
  pid: number;
  command: string;
  terminal: boolean;
  startedMs: number;
}

/**
 * One container of a pod: its files, the output of its runs and the processes in it. It lives as long as the pod, over
 * any number of runs; its files survive a restart, which is kinder than Kubernetes and easier to explore.
 */
export class Container {
  readonly namespace: string;
  readonly podName: string;
  readonly podUid: string;
  readonly spec: ContainerSpec;
  readonly files: FileSystem;
  readonly environment: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly turns = new Turns();
  readonly #processes = new Map<number, ProcessEntry>();
  #log = new ContainerLog();
  #previousLog: ContainerLog | undefined;
  #run = new AbortController();
  #running = true;
  #nextPid = 7;
  #onMainExit: ((exitCode: number) => void) | undefined;

  constructor(pod: Pod, spec: ContainerSpec, disk: Disk, clock: Clock) {
    this.namespace = pod.metadata.namespace ?? 'default';
    this.podName = pod.metadata.name;
    this.podUid = pod.metadata.uid;
    this.spec = spec;
    this.clock = clock;
    this.files = new FileSystem(disk, () => clock.now());
    this.environment = environmentOf(pod, spec);
    installBaseFiles(this.files, { pod, container: spec });
    this.#processes.set(1, { pid: 1, command: mainCommand(spec), terminal: false, startedMs: clock.now() });
  }

  get name(): string {
    return this.spec.name;
  }

  /** What the spec says that its main process is; undefined where it is left to the image. */
  get command(): readonly string[] | undefined {
    const words = [...(this.spec.command ?? []), ...(this.spec.args ?? [])];
    return words.length > 0 ? words : undefined;
  }

  /** Whether it was made to be talked to: its main process runs for whoever attaches. */
  get interactive(): boolean {
    return (this.spec as { stdin?: boolean }).stdin === true;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Aborts when the present run ends: everything in the container ends with it. */
  get stopped(): AbortSignal {
    return this.#run.signal;
  }

  get log(): ContainerLog {
    return this.#log;
  }

  /** The output of the run before, or of the only run once that has ended and another has begun. */
  get previousLog(): ContainerLog | undefined {
    return this.#previousLog;
  }

  /** Appends a line to the log. */
  print(text: string, time = this.clock.now()): void {
    this.#log.append(time, text);
  }

  /** A new run begins, after {@link exited}; the log starts anew. */
  restarted(): void {
    if (this.#running) return;
    this.#previousLog = this.#log;
    this.#log = new ContainerLog();
    this.#run = new AbortController();
    this.#running = true;
    this.#processes.set(1, { pid: 1, command: mainCommand(this.spec), terminal: false, startedMs: this.clock.now() });
  }

  /** The main process has ended; whatever else runs in the container is ended too. Its log can still be read. */
  exited(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#log.end();
    this.#processes.clear();
    this.#run.abort();
  }

  /** Called with the exit code when somebody attached to the main process ends it (`kubectl run -it`). */
  onMainExit(listener: (exitCode: number) => void): void {
    this.#onMainExit = listener;
  }

  /** The main process ended by itself. */
  endMain(exitCode: number): void {
    if (this.#running) this.#onMainExit?.(exitCode);
  }

  processes(): ProcessEntry[] {
    return [...this.#processes.values()];
  }

  /** @throws {FileError} where the file cannot be read */
  openInput(path: string): Input {
    const input = devices.get(path)?.input ?? bytesInput(this.files.read(path));
    return {
      read: async (signal) => {
        await this.turns.pass();
        // A device has no end of its own.
        return signal.aborted ? undefined : input.read(signal);
      },
    };
  }

  /** @throws {FileError} where the file cannot be written */
  openOutput(path: string, options: { append: boolean }): Output {
    return devices.get(path)?.output ?? fileOutput(this.files.openForWriting(path, options));
  }

  /**
   * Enters a process into the process table; disposing of what it returns takes it out again.
   *
   * @throws {FileError} `EAGAIN` where the table is full
   */
  enter(command: string, terminal: boolean): ProcessEntry & Disposable {
    if (this.#processes.size >= mostProcesses) throw new FileError('EAGAIN');
    const entry: ProcessEntry = { pid: this.#nextPid++, command, terminal, startedMs: this.clock.now() };
    this.#processes.set(entry.pid, entry);
    return { ...entry, [Symbol.dispose]: () => void this.#processes.delete(entry.pid) };
  }

  /** The pod is gone: ends everything and gives the disk space back. */
  dispose(): void {
    this.exited();
    this.files.dispose();
  }
}

function environmentOf(pod: Pod, spec: ContainerSpec): Map<string, string> {
  const environment = new Map([
    ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ['HOSTNAME', pod.metadata.name],
    ['HOME', '/root'],
    ['KUBERNETES_SERVICE_HOST', '10.96.0.1'],
    ['KUBERNETES_SERVICE_PORT', '443'],
  ]);
  for (const entry of spec.env ?? []) {
    const value = entry.value ?? fieldValue(pod, entry);
    if (value !== undefined) environment.set(entry.name, value);
  }
  return environment;
}

/** The downward API's plain fields; references to Secrets and ConfigMaps are not resolved by the emulation. */
function fieldValue(pod: Pod, entry: object): string | undefined {
  const path = (entry as { valueFrom?: { fieldRef?: { fieldPath?: string } } }).valueFrom?.fieldRef?.fieldPath;
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace;
    case 'metadata.uid':
      return pod.metadata.uid;
    case 'spec.nodeName':
      return pod.spec.nodeName;
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName;
    case 'status.podIP':
      return pod.status.podIP;
    case 'status.hostIP':
      return pod.status.hostIP;
    default:
      return undefined;
  }
}
