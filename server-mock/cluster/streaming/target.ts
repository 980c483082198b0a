import type { ContainerStatus, Pod } from '../objects.ts';
import { badRequest, StatusError } from '../status.ts';
import type { StreamingTarget } from '../streaming-types.ts';
import type { Container } from './container/container.ts';
import type { Containers } from './container/containers.ts';

/** The annotation by which a pod names the container that is meant where none is named. */
const defaultContainerAnnotation = 'kubectl.kubernetes.io/default-container';

/**
 * The name of the container that a request means.
 *
 * @throws {StatusError} 400, in kube-apiserver's words, where it is none of the pod's or not clear which
 * @see Kubernetes registry/core/pod/strategy.go, LogLocation and streamLocation (v1.33)
 */
export function containerName({ pod, container }: Pick<StreamingTarget, 'pod' | 'container'>): string {
  const names = pod.spec.containers.map(({ name }) => name);
  const initNames = (pod.spec.initContainers ?? []).map(({ name }) => name);
  const { name } = pod.metadata;
  const wanted = container || pod.metadata.annotations?.[defaultContainerAnnotation];
  if (wanted) {
    if ([...names, ...initNames].includes(wanted)) return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  }
  if (names.length === 1 && names[0] !== undefined) return names[0];
  const inits = initNames.length > 0 ? ` or one of the init containers: [${initNames.join(' ')}]` : '';
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]${inits}`);
}

export function statusOf(pod: Pod, container: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status;
  return [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container);
}

/**
 * The running container that an exec or attach means.
 *
 * @throws {StatusError} 400 where it is not the pod's, 500 where it does not run, both as kube-apiserver answers
 */
export function runningContainer(target: StreamingTarget, containers: Containers): Container {
  const name = containerName(target);
  const { pod } = target;
  if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') {
    throw badRequest(`cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`);
  }
  const container = statusOf(pod, name)?.state.running ? containers.of(pod, name) : undefined;
  if (container?.running) return container;
  throw new StatusError(
    500,
    'InternalError',
    `Internal error occurred: unable to upgrade connection: container not found ("${name}")`,
  );
}
