import { randomSuffix } from '../api/generated-names.ts';
import { templateHash } from '../controllers/deployments.ts';
import { controllerReference } from '../controllers/owned-pods.ts';
import { recordAt } from '../json.ts';
import type { Container, ContainerStatus, KubeObject, NewObject } from '../objects.ts';
import { emulatedAnnotation, minuteMs, type Seeder } from './seeder.ts';

export interface Workload {
  namespace: string;
  name: string;
  replicas: number;
  ageMs: number;
  container: Container;
  /** Restarts of each pod's container, and how long ago the last one was. */
  restarts?: { count: number; lastMsAgo: number; exitCode: number; reason: string };
  serviceAccountName?: string;
}

const nodeCount = 3;

export function nodeName(cluster: string, index: number): string {
  return `${cluster}-node-${(index % nodeCount) + 1}`;
}

/** A Deployment with its ReplicaSet and running pods, in the state that its controllers would bring it to. */
export function seedDeployment(seeder: Seeder, cluster: string, workload: Workload): void {
  const { namespace, name, replicas, ageMs } = workload;
  const labels = { app: name };
  const revision = { 'deployment.kubernetes.io/revision': '1' };
  const deployment = seeder.put(
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace, labels, annotations: { ...emulatedAnnotation, ...revision } },
      spec: { replicas, selector: { matchLabels: labels }, template: templateOf(workload, labels) },
    },
    ageMs,
  );
  const template = recordAt(deployment, 'spec', 'template');
  const hash = templateHash(template);
  const hashed = { ...labels, 'pod-template-hash': hash };
  const replicaSet = seeder.put(
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        labels: hashed,
        annotations: {
          ...emulatedAnnotation,
          ...revision,
          'deployment.kubernetes.io/desired-replicas': String(replicas),
        },
        ownerReferences: [controllerReference(deployment)],
      },
      spec: {
        replicas,
        selector: { matchLabels: hashed },
        template: { ...template, metadata: { ...recordAt(template, 'metadata'), labels: hashed } },
      },
    },
    ageMs,
  );
  for (let index = 0; index < replicas; index++) {
    const podName = `${replicaSet.metadata.name}-${randomSuffix(5, seeder.random)}`;
    seedPod(seeder, workload, replicaSet, podName, hashed, nodeName(cluster, index + name.length));
  }
}

/** A StatefulSet with its pods. */
export function seedStatefulSet(seeder: Seeder, cluster: string, workload: Workload): void {
  const { namespace, name, replicas, ageMs } = workload;
  const labels = { app: name };
  const set = seeder.put(
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name, namespace, labels, annotations: emulatedAnnotation },
      spec: {
        replicas,
        serviceName: name,
        selector: { matchLabels: labels },
        template: templateOf(workload, labels),
      },
    },
    ageMs,
  );
  const revision = `${name}-${templateHash(recordAt(set, 'spec', 'template'))}`;
  for (let ordinal = 0; ordinal < replicas; ordinal++) {
    const podName = `${name}-${ordinal}`;
    const podLabels = {
      ...labels,
      'statefulset.kubernetes.io/pod-name': podName,
      'apps.kubernetes.io/pod-index': String(ordinal),
      'controller-revision-hash': revision,
    };
    seedPod(seeder, workload, set, podName, podLabels, nodeName(cluster, ordinal));
  }
}

/** A DaemonSet with a pod on each node. */
export function seedDaemonSet(seeder: Seeder, cluster: string, workload: Workload): void {
  const { namespace, name, ageMs } = workload;
  const labels = { 'k8s-app': name };
  const set = seeder.put(
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name, namespace, labels, annotations: emulatedAnnotation },
      spec: { selector: { matchLabels: labels }, template: templateOf(workload, labels) },
    },
    ageMs,
  );
  const podLabels = { ...labels, 'controller-revision-hash': templateHash(recordAt(set, 'spec', 'template')) };
  for (let index = 0; index < nodeCount; index++) {
    const podName = `${name}-${randomSuffix(5, seeder.random)}`;
    seedPod(seeder, workload, set, podName, podLabels, nodeName(cluster, index));
  }
}

function templateOf(workload: Workload, labels: Record<string, string>) {
  return {
    metadata: { labels, annotations: emulatedAnnotation },
    spec: { containers: [workload.container], serviceAccountName: workload.serviceAccountName ?? 'default' },
  };
}

function seedPod(
  seeder: Seeder,
  workload: Workload,
  owner: KubeObject,
  name: string,
  labels: Record<string, string>,
  node: string,
): void {
  const { namespace, ageMs, container, restarts } = workload;
  const host = Number(/\d+$/.exec(node)?.[0] ?? 1);
  const podIP = seeder.podAddress(host);
  const started = seeder.ago(ageMs - 2_000);
  const pod: NewObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels,
      annotations: emulatedAnnotation,
      ...(owner.kind === 'StatefulSet' ? {} : { generateName: `${owner.metadata.name}-` }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: {
      nodeName: node,
      serviceAccountName: workload.serviceAccountName ?? 'default',
      containers: [container],
    },
    status: {
      phase: 'Running',
      hostIP: `192.168.49.${host + 1}`,
      podIP,
      podIPs: [{ ip: podIP }],
      startTime: started,
      conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
        type,
        status: 'True',
        lastProbeTime: null,
        lastTransitionTime: started,
      })),
      containerStatuses: [containerStatus(seeder, container, name, started, restarts)],
    },
  };
  seeder.put(pod, ageMs);
}

function containerStatus(
  seeder: Seeder,
  container: Container,
  podName: string,
  started: string,
  restarts: Workload['restarts'],
): ContainerStatus {
  const id = (run: number) => `emulated://${podName}/${container.name}/${run}`;
  return {
    name: container.name,
    image: container.image,
    imageID: `emulated://${container.image}`,
    containerID: id(restarts?.count ?? 0),
    ready: true,
    started: true,
    restartCount: restarts?.count ?? 0,
    state: { running: { startedAt: restarts ? seeder.ago(restarts.lastMsAgo) : started } },
    lastState: restarts
      ? {
          terminated: {
            exitCode: restarts.exitCode,
            reason: restarts.reason,
            startedAt: seeder.ago(restarts.lastMsAgo + 40 * minuteMs),
            finishedAt: seeder.ago(restarts.lastMsAgo + 1_000),
            containerID: id(restarts.count - 1),
          },
        }
      : {},
  };
}
