import type { Clock } from '../clock.ts';
import type { Pod } from '../objects.ts';
import type { Container } from '../streaming/container/container.ts';
import type { Output } from '../streaming/container/io.ts';
import { startProcess } from '../streaming/container/start-process.ts';
import { type Behaviour, behaviourOf } from './behaviour.ts';
import { firstLines, lastLines, nextLine } from './log-lines.ts';

/** How far apart the lines of a service are. */
const lineEveryMs = { least: 700, spread: 5_300 } as const;
/** A command that prints in a tight loop is slowed to this, so that it does not take the whole process. */
const commandWritePauseMs = 2;
const longestLine = 16_384;

export interface RunDependencies {
  clock: Clock;
  random: () => number;
}

/** One run of a container's main process, from its start to its end. */
export class ContainerRun {
  readonly container: Container;
  readonly #behaviour: Behaviour;
  readonly #deps: RunDependencies;
  readonly #onExit: (exitCode: number) => void;
  #callOff = () => {};
  #count = 0;
  #over = false;

  /** @param onExit is called once, when the main process ends by itself */
  constructor(deps: RunDependencies, pod: Pod, container: Container, onExit: (exitCode: number) => void) {
    this.#deps = deps;
    this.container = container;
    this.#behaviour = behaviourOf(pod, container.spec, deps.random);
    this.#onExit = onExit;
  }

  start(): void {
    const behaviour = this.#behaviour;
    const { clock } = this.#deps;
    switch (behaviour.kind) {
      case 'interactive':
        this.container.onMainExit((exitCode) => this.#exit(exitCode));
        return;
      case 'command':
        this.#runCommand(behaviour.command);
        return;
      case 'service':
        this.#say(firstLines(behaviour.voice, this.container.name, { time: clock.now() }));
        this.#keepTalking(Number.POSITIVE_INFINITY);
        return;
      case 'task':
        this.#say(firstLines(behaviour.voice, this.container.name, { time: clock.now() }));
        this.#keepTalking(clock.now() + behaviour.durationMs);
        return;
      default:
        behaviour satisfies never;
    }
  }

  /** Takes up a service that is said to have run since `startedMs`: its log goes back some lines. */
  resume(startedMs: number, lines: number): void {
    const behaviour = this.#behaviour;
    if (behaviour.kind !== 'service') {
      this.start();
      return;
    }
    const { clock, random } = this.#deps;
    const now = clock.now();
    const step = Math.min(lineEveryMs.least + lineEveryMs.spread / 2, (now - startedMs) / (lines + 1));
    for (let time = now - step * lines; time < now && step > 0; time += step) {
      const line = nextLine(behaviour.voice, this.container.name, { time, random, count: this.#count++ });
      this.container.print(line, time);
    }
    this.#keepTalking(Number.POSITIVE_INFINITY);
  }

  /** Ends it from outside: it says goodbye, and nothing is told of an exit. */
  stop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#callOff();
    if (this.#behaviour.kind === 'service') {
      this.#say(lastLines(this.#behaviour.voice, this.container.name, { time: this.#deps.clock.now() }, 0));
    }
    this.container.exited();
  }

  #keepTalking(until: number): void {
    const behaviour = this.#behaviour;
    if (behaviour.kind !== 'service' && behaviour.kind !== 'task') return;
    const { clock, random } = this.#deps;
    const pause = lineEveryMs.least + random() * lineEveryMs.spread;
    const left = until - clock.now();
    if (pause >= left) {
      this.#callOff = clock.after(Math.max(0, left), () => {
        const exitCode = behaviour.kind === 'task' ? behaviour.exitCode : 0;
        this.#say(lastLines(behaviour.voice, this.container.name, { time: clock.now() }, exitCode));
        this.#exit(exitCode);
      });
      return;
    }
    this.#callOff = clock.after(pause, () => {
      const moment = { time: clock.now(), random, count: this.#count++ };
      this.container.print(nextLine(behaviour.voice, this.container.name, moment));
      this.#keepTalking(until);
    });
  }

  #runCommand(command: readonly string[]): void {
    const { container } = this;
    const output = new LineOutput(container, this.#deps.clock);
    const run = { command, input: undefined, output, errors: output, terminal: undefined, signal: container.stopped };
    startProcess(container, run).then(
      (exitCode) => {
        output.flush();
        this.#exit(exitCode);
      },
      (error: unknown) => {
        container.print(`emulation: the command failed: ${String(error)}`);
        this.#exit(1);
      },
    );
  }

  #say(lines: readonly string[]): void {
    for (const line of lines) this.container.print(line);
  }

  #exit(exitCode: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#callOff();
    this.container.exited();
    this.#onExit(exitCode);
  }
}

/** Prints what a process writes to the container's log, line by line. */
class LineOutput implements Output {
  readonly #container: Container;
  readonly #clock: Clock;
  readonly #decoder = new TextDecoder();
  #rest = '';

  constructor(container: Container, clock: Clock) {
    this.#container = container;
    this.#clock = clock;
  }

  write(chunk: Buffer): Promise<void> {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#container.print(line);
    if (this.#rest.length > longestLine) this.flush();
    return new Promise((resolve) => void this.#clock.after(commandWritePauseMs, resolve));
  }

  flush(): void {
    if (this.#rest !== '') this.#container.print(this.#rest);
    this.#rest = '';
  }
}
