import { createHash } from 'node:crypto';
import { kubernetesTime } from '../clock.ts';
import { recordEvent } from '../controllers/events.ts';
import type { Container as ContainerSpec, Pod } from '../objects.ts';
import type { Container } from '../streaming/container/container.ts';
import type { WorkloadDeps } from '../streaming-types.ts';
import { ContainerRun } from './container-run.ts';
import { lastLines } from './log-lines.ts';
import type { NodeImages } from './node-images.ts';
import type { PodAddresses } from './pod-addresses.ts';
import { type ContainerReport, conditionsOf, containerStatus, phaseOf } from './pod-status.ts';

const component = 'kubelet';

/** How long things take in the emulation. */
const sandboxMs = { least: 150, spread: 350 } as const;
const stopMs = 400;
const readyMs = { least: 300, spread: 1_500 } as const;
/** kubelet's own: the first restart comes at once, then 10 s, doubled each time, up to 5 min; forgotten after 10 min. */
const backOff = { firstMs: 10_000, longestMs: 300_000, forgottenAfterMs: 600_000 } as const;
/** How many lines the log of a container goes back that is found already running. */
const linesOfThePast = 60;

export interface PodWorkerDeps extends WorkloadDeps {
  addresses: PodAddresses;
  images: NodeImages;
}

interface ContainerLife extends ContainerReport {
  spec: ContainerSpec;
  run: ContainerRun | undefined;
  startedMs: number;
  backOffMs: number;
}

/**
 * What a kubelet does for one pod that is placed on its node: starts its containers, restarts what ends, tells the
 * status, and stops them when the pod is to go.
 *
 * @see Kubernetes pkg/kubelet/kuberuntime/kuberuntime_manager.go (v1.33)
 */
export class PodWorker {
  readonly #deps: PodWorkerDeps;
  readonly #pod: Pod;
  readonly #init: ContainerLife[];
  readonly #containers: ContainerLife[];
  readonly #timers = new Set<() => void>();
  #podIP: string | undefined;
  #stopping = false;

  constructor(deps: PodWorkerDeps, pod: Pod) {
    this.#deps = deps;
    this.#pod = pod;
    this.#podIP = pod.status.podIP;
    this.#init = (pod.spec.initContainers ?? []).map((spec) => newLife(pod, spec));
    this.#containers = pod.spec.containers.map((spec) => newLife(pod, spec));
  }

  /** Takes a pod on: from the start, or as its status tells that it already is. */
  begin(): void {
    const { phase } = this.#pod.status;
    if (phase === 'Succeeded' || phase === 'Failed') this.#recallEnded();
    else if (phase === 'Running') this.#takeUp();
    else this.#startAnew();
  }

  /** The pod is marked for deletion: its containers are told to stop and do so within its grace period. */
  stop(graceSeconds: number): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#clearTimers();
    for (const life of this.#containers) {
      if (life.run) this.#event('Normal', 'Killing', `Stopping container ${life.name}`);
      life.ready = false;
    }
    this.#later(Math.min(stopMs, graceSeconds * 500), () => {
      const now = this.#deps.clock.now();
      for (const life of [...this.#init, ...this.#containers]) {
        if (!life.run) continue;
        life.run.stop();
        life.run = undefined;
        life.state = { terminated: terminated(life, 0, now) };
      }
      this.#report();
    });
  }

  /** The pod is gone. */
  close(): void {
    this.#clearTimers();
    for (const life of [...this.#init, ...this.#containers]) life.run?.stop();
    if (this.#podIP) this.#deps.addresses.release(this.#podIP);
  }

  #startAnew(): void {
    this.#report();
    this.#later(this.#between(sandboxMs), () => {
      this.#podIP ??= this.#deps.addresses.assign(this.#pod);
      this.#startNext();
    });
  }

  /** Starts the first init container that has not succeeded, or else all containers that do not run. */
  #startNext(): void {
    const init = this.#init.find(({ state }) => state.terminated?.exitCode !== 0);
    if (init) {
      if (!init.run) this.#pullAndStart(init);
      return;
    }
    for (const life of this.#containers) if (!life.run) this.#pullAndStart(life);
  }

  #pullAndStart(life: ContainerLife): void {
    const { images, random } = this.#deps;
    const pull = images.pull(this.#pod.spec.nodeName ?? '', life.image, random);
    if (pull.kind === 'present') {
      this.#event('Normal', 'Pulled', `Container image "${life.image}" already present on machine`);
      this.#start(life);
      return;
    }
    this.#event('Normal', 'Pulling', `Pulling image "${life.image}"`);
    this.#later(pull.durationMs, () => {
      const took = `${Math.round(pull.durationMs)}ms`;
      const pulled = `Successfully pulled image "${life.image}" in ${took} (${took} including waiting). Image size: ${pull.sizeBytes} bytes.`;
      this.#event('Normal', 'Pulled', pulled);
      this.#start(life);
    });
  }

  #start(life: ContainerLife): void {
    const { clock, random, containers } = this.#deps;
    const pod = this.#withAddress();
    const container = containers.of(pod, life.name);
    if (!container) return;
    if (life.state.terminated || life.lastState.terminated) container.restarted();
    const previous = life.state.terminated;
    if (previous) life.lastState = { terminated: previous };
    life.containerId = containerId(pod, life.name, life.restartCount);
    life.startedMs = clock.now();
    life.state = { running: { startedAt: kubernetesTime(life.startedMs) } };
    life.run = new ContainerRun({ clock, random }, pod, container, (exitCode) => this.#exited(life, exitCode));
    this.#event('Normal', 'Created', `Created container: ${life.name}`);
    this.#event('Normal', 'Started', `Started container ${life.name}`);
    this.#becomeReady(life);
    this.#report();
    life.run.start();
  }

  #becomeReady(life: ContainerLife): void {
    if (this.#init.includes(life)) return;
    const probe = (life.spec as { readinessProbe?: { initialDelaySeconds?: number } }).readinessProbe;
    if (!probe) {
      life.ready = true;
      return;
    }
    const run = life.run;
    const delay = Math.min(10, probe.initialDelaySeconds ?? 0) * 1000 + this.#between(readyMs);
    if (this.#deps.random() < 0.3) {
      this.#later(delay / 2, () => {
        if (life.run !== run || life.ready) return;
        this.#event('Warning', 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503');
      });
    }
    this.#later(delay, () => {
      if (life.run !== run || !run) return;
      life.ready = true;
      this.#report();
    });
  }

  #exited(life: ContainerLife, exitCode: number): void {
    const now = this.#deps.clock.now();
    life.run = undefined;
    life.ready = false;
    life.state = { terminated: terminated(life, exitCode, now) };
    this.#report();
    if (this.#stopping) return;
    const isInit = this.#init.includes(life);
    if (isInit && exitCode === 0) {
      this.#startNext();
      return;
    }
    const policy = this.#pod.spec.restartPolicy ?? 'Always';
    const restarts = (policy === 'Always' && !isInit) || (policy !== 'Never' && exitCode !== 0);
    if (restarts) this.#restartLater(life, now);
  }

  #restartLater(life: ContainerLife, now: number): void {
    if (now - life.startedMs > backOff.forgottenAfterMs) life.backOffMs = 0;
    const delay = life.backOffMs;
    life.backOffMs = delay === 0 ? backOff.firstMs : Math.min(delay * 2, backOff.longestMs);
    const restart = () => {
      life.restartCount++;
      this.#pullAndStart(life);
    };
    if (delay === 0) {
      this.#later(1_000, restart);
      return;
    }
    const { name, namespace, uid } = this.#pod.metadata;
    const which = `${life.name} in pod ${name}_${namespace}(${uid})`;
    const ended = life.state.terminated;
    if (ended) life.lastState = { terminated: ended };
    const message = `back-off ${delay / 1000}s restarting failed container=${life.name} pod=${name}_${namespace}(${uid})`;
    this.#later(1_000, () => {
      life.state = { waiting: { reason: 'CrashLoopBackOff', message } };
      this.#event('Warning', 'BackOff', `Back-off restarting failed container ${which}`);
      this.#report();
    });
    this.#later(delay, restart);
  }

  /** The pod runs already, as its status tells: its containers are found as they are. */
  #takeUp(): void {
    const { clock, random, containers } = this.#deps;
    this.#deps.addresses.reserve(this.#pod);
    for (const life of this.#containers) {
      this.#deps.images.pull(this.#pod.spec.nodeName ?? '', life.image, random);
      const container = containers.of(this.#pod, life.name);
      if (!container) continue;
      if (life.state.running) {
        this.#recallPreviousRun(life, container);
        life.startedMs = Date.parse(life.state.running.startedAt) || clock.now();
        life.run = new ContainerRun({ clock, random }, this.#pod, container, (code) => this.#exited(life, code));
        if (!life.ready) this.#becomeReady(life);
        life.run.resume(life.startedMs, linesOfThePast);
      } else {
        container.exited();
        life.startedMs = clock.now();
        life.backOffMs = Math.min(backOff.longestMs, backOff.firstMs * 2 ** Math.min(life.restartCount, 5));
        if (life.state.waiting || life.state.terminated) this.#restartLater(life, clock.now());
      }
    }
    this.#report();
  }

  /** Gives `kubectl logs --previous` something to show of a run before this emulation began. */
  #recallPreviousRun({ name, lastState }: ContainerLife, container: Container): void {
    if (!lastState.terminated) return;
    const { exitCode, finishedAt = '' } = lastState.terminated;
    const time = Date.parse(finishedAt) || this.#deps.clock.now();
    for (const line of lastLines(exitCode === 0 ? 'plain' : 'crash', name, { time }, exitCode))
      container.print(line, time);
    container.exited();
    container.restarted();
  }

  /** The pod has ended before this emulation began: only its logs are left. */
  #recallEnded(): void {
    for (const life of this.#containers) {
      const container = this.#deps.containers.of(this.#pod, life.name);
      const finished = Date.parse(life.state.terminated?.finishedAt ?? '') || this.#deps.clock.now();
      container?.print(`${new Date(finished).toISOString()} INFO  ${life.name} finished`, finished);
      container?.exited();
    }
  }

  #report(): void {
    const { store, clock } = this.#deps;
    const { name, namespace = '', uid } = this.#pod.metadata;
    if (store.get('pods', namespace, name)?.metadata.uid !== uid) return;
    const now = kubernetesTime(clock.now());
    const phase = phaseOf(this.#pod.spec.restartPolicy, this.#init, this.#containers);
    for (const life of this.#containers) if (phase === 'Succeeded' || phase === 'Failed') life.ready = false;
    store.modify<Pod>('pods', namespace, name, (draft) => {
      draft.status = {
        ...draft.status,
        phase,
        conditions: conditionsOf(draft, phase, this.#init, this.#containers, now),
        hostIP: draft.status.hostIP ?? this.#deps.addresses.ofNode(draft.spec.nodeName ?? ''),
        startTime: draft.status.startTime ?? now,
        ...(this.#podIP ? { podIP: this.#podIP, podIPs: [{ ip: this.#podIP }] } : {}),
        ...(this.#init.length > 0 ? { initContainerStatuses: this.#init.map(containerStatus) } : {}),
        containerStatuses: this.#containers.map(containerStatus),
      };
    });
  }

  #withAddress(): Pod {
    return this.#podIP ? { ...this.#pod, status: { ...this.#pod.status, podIP: this.#podIP } } : this.#pod;
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    recordEvent(this.#deps, this.#pod, { type, reason, message, component });
  }

  #between({ least, spread }: { least: number; spread: number }): number {
    return least + this.#deps.random() * spread;
  }

  #later(delayMs: number, action: () => void): void {
    const callOff = this.#deps.clock.after(delayMs, () => {
      this.#timers.delete(callOff);
      action();
    });
    this.#timers.add(callOff);
  }

  #clearTimers(): void {
    for (const callOff of this.#timers) callOff();
    this.#timers.clear();
  }
}

function newLife(pod: Pod, spec: ContainerSpec): ContainerLife {
  const { name, image } = spec;
  const told = [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])].find(
    (status) => status.name === name,
  );
  const isInit = pod.spec.initContainers?.includes(spec) ?? false;
  const reason = !isInit && (pod.spec.initContainers?.length ?? 0) > 0 ? 'PodInitializing' : 'ContainerCreating';
  return {
    name,
    image,
    spec,
    state: told?.state ?? { waiting: { reason: isInit ? 'PodInitializing' : reason } },
    lastState: told?.lastState ?? {},
    restartCount: told?.restartCount ?? 0,
    ready: told?.ready ?? false,
    containerId: told?.containerID,
    run: undefined,
    startedMs: 0,
    backOffMs: 0,
  };
}

function terminated(life: ContainerLife, exitCode: number, now: number) {
  return {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: kubernetesTime(life.startedMs),
    finishedAt: kubernetesTime(now),
    ...(life.containerId ? { containerID: life.containerId } : {}),
  };
}

function containerId(pod: Pod, name: string, restart: number): string {
  return `emulated://${createHash('sha256').update(`${pod.metadata.uid}/${name}/${restart}`).digest('hex')}`;
}
