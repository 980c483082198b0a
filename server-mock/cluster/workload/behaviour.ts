import type { Container as ContainerSpec, Pod } from '../objects.ts';
import { findProgram } from '../streaming/container/programs.ts';
import { type LogVoice, voiceOf } from './log-lines.ts';

/** Set on a pod (template) to `crash` or `complete`, it makes its containers do so; for containers without a command. */
export const behaviourAnnotation = 'emulation.postern.dev/behaviour';

/** What the main process of an emulated container does. */
export type Behaviour =
  /** Runs the command of the spec in the emulated shell, for real, and prints what it prints. */
  | { kind: 'command'; command: readonly string[] }
  /** Waits for somebody to attach (`kubectl run -it`). */
  | { kind: 'interactive' }
  /** Runs until it is stopped, printing lines now and then. */
  | { kind: 'service'; voice: LogVoice }
  /** Prints some lines and ends. */
  | { kind: 'task'; voice: LogVoice; durationMs: number; exitCode: number };

const taskMs = { shortest: 4_000, spread: 8_000 } as const;

export function behaviourOf(pod: Pod, spec: ContainerSpec, random: () => number): Behaviour {
  const command = [...(spec.command ?? []), ...(spec.args ?? [])];
  if ((spec as { stdin?: boolean }).stdin === true) return { kind: 'interactive' };
  const program = spec.command?.[0] ?? (runsAnything(spec.image) ? spec.args?.[0] : undefined);
  if (program !== undefined && findProgram(program)) return { kind: 'command', command };
  const durationMs = taskMs.shortest + random() * taskMs.spread;
  switch (pod.metadata.annotations?.[behaviourAnnotation]) {
    case 'crash':
      return { kind: 'task', voice: 'crash', durationMs, exitCode: 1 };
    case 'complete':
      return { kind: 'task', voice: 'job', durationMs, exitCode: 0 };
    default:
  }
  const ends = pod.spec.restartPolicy === 'Never' || pod.spec.restartPolicy === 'OnFailure';
  const initialises = pod.spec.initContainers?.some(({ name }) => name === spec.name) ?? false;
  if (initialises) return { kind: 'task', voice: 'job', durationMs: 1_000, exitCode: 0 };
  if (ends) return { kind: 'task', voice: 'job', durationMs, exitCode: 0 };
  return { kind: 'service', voice: voiceOf(spec) };
}

/** Images whose entry point is a shell, so that `args` alone are a command. */
function runsAnything(image: string): boolean {
  return /(^|\/)(busybox|alpine|debian|ubuntu|bash)(:|@|$)/.test(image);
}
