import type { ContainerState, ContainerStatus, Pod, PodCondition } from '../objects.ts';

/** What a container is, as its pod's status tells it. */
export interface ContainerReport {
  name: string;
  image: string;
  state: ContainerState;
  lastState: ContainerState;
  restartCount: number;
  ready: boolean;
  containerId: string | undefined;
}

export function containerStatus(report: ContainerReport): ContainerStatus {
  const { name, image, state, lastState, restartCount, ready, containerId } = report;
  return {
    name,
    image,
    imageID: containerId ? `emulated://${image}` : '',
    ...(containerId ? { containerID: containerId } : {}),
    ready,
    started: state.running !== undefined,
    restartCount,
    state,
    lastState,
  };
}

/** @see Kubernetes kubelet, getPhase in pkg/kubelet/kubelet_pods.go (v1.33) */
export function phaseOf(
  restartPolicy: Pod['spec']['restartPolicy'],
  init: readonly ContainerReport[],
  containers: readonly ContainerReport[],
): NonNullable<Pod['status']['phase']> {
  const policy = restartPolicy ?? 'Always';
  const failedForGood = ({ state }: ContainerReport) =>
    policy === 'Never' && state.terminated !== undefined && state.terminated.exitCode !== 0;
  if (init.some(failedForGood)) return 'Failed';
  if (init.some(({ state }) => state.terminated?.exitCode !== 0)) return 'Pending';
  const begun = containers.every(({ state, lastState }) => !state.waiting || lastState.terminated);
  if (!begun) return 'Pending';
  const codes = containers.map(({ state }) => state.terminated?.exitCode);
  if (policy === 'Always' || codes.includes(undefined)) return 'Running';
  if (codes.every((code) => code === 0)) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

/** The kubelet's conditions; those of others, such as PodScheduled, are kept as they are. */
export function conditionsOf(
  pod: Pod,
  phase: Pod['status']['phase'],
  init: readonly ContainerReport[],
  containers: readonly ContainerReport[],
  now: string,
): PodCondition[] {
  const initialized = init.every(({ state }) => state.terminated?.exitCode === 0);
  const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name);
  const started = containers.some(({ state, lastState }) => state.running || state.terminated || lastState.terminated);
  const completed = phase === 'Succeeded' || phase === 'Failed';
  const why = completed
    ? { reason: phase === 'Failed' ? 'PodFailed' : 'PodCompleted' }
    : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
  const ready: Pick<PodCondition, 'status' | 'reason' | 'message'> =
    unready.length === 0 ? { status: 'True' } : { status: 'False', ...why };
  const wanted: PodCondition[] = [
    { type: 'PodReadyToStartContainers', status: started && !completed ? 'True' : 'False' },
    {
      type: 'Initialized',
      ...(initialized ? { status: 'True' as const } : { status: 'False' as const, reason: 'ContainersNotInitialized' }),
    },
    { type: 'Ready', ...ready },
    { type: 'ContainersReady', ...ready },
  ];
  const before = pod.status.conditions ?? [];
  const own = wanted.map((condition) => {
    const last = before.find(({ type }) => type === condition.type);
    const since = last?.status === condition.status ? last.lastTransitionTime : undefined;
    return { lastProbeTime: null, lastTransitionTime: since ?? now, ...condition };
  });
  return [...own, ...before.filter(({ type }) => !wanted.some((condition) => condition.type === type))];
}
