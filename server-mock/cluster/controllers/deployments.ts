import { safeEncode } from '../api/generated-names.ts';
import { kubernetesTime } from '../clock.ts';
import { at, isRecord, listAt, numberAt, recordAt, stringMapAt, textAt } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import type { Draft } from '../resources/definition.ts';
import { backgroundDeletion, type ControllerDependencies, controllerWrites } from './dependencies.ts';
import { recordEvent } from './events.ts';
import { controllerReference, isOwnedBy, podsOf } from './owned-pods.ts';
import { planRollout } from './rollout.ts';
import { type Controller, runController } from './run-controller.ts';

const replicaSets = 'replicasets.apps';
const hashLabel = 'pod-template-hash';
const revisionAnnotation = 'deployment.kubernetes.io/revision';
const component = 'deployment-controller';

/** Rolls a Deployment's template out over ReplicaSets, one per revision. */
export function runDeployments(dependencies: ControllerDependencies): () => void {
  const deployments = new Deployments(dependencies);
  const controller: Controller = {
    resource: 'deployments.apps',
    kind: 'Deployment',
    owns: [replicaSets],
    reconcile(deployment) {
      deployments.reconcile(deployment);
      return 'done';
    },
  };
  return runController(dependencies, controller);
}

class Deployments {
  readonly #dependencies: ControllerDependencies;

  constructor(dependencies: ControllerDependencies) {
    this.#dependencies = dependencies;
  }

  reconcile(deployment: KubeObject): void {
    const hash = templateHash(at(deployment, 'spec', 'template'));
    const owned = this.#owned(deployment);
    let current = owned.find((set) => set.metadata.labels?.[hashLabel] === hash);
    const paused = at(deployment, 'spec', 'paused') === true;
    if (!current && !paused) current = this.#create(deployment, hash, owned);
    if (current) this.#becomeLatest(deployment, current, owned);
    const old = this.#owned(deployment).filter((set) => set.metadata.uid !== current?.metadata.uid);
    if (!paused || old.every((set) => numberAt(set, 'spec', 'replicas') === 0)) this.#roll(deployment, current, old);
    this.#forgetOld(deployment, old);
    this.#updateStatus(deployment, current?.metadata.name);
  }

  #owned(deployment: KubeObject): KubeObject[] {
    const { namespace = '' } = deployment.metadata;
    return this.#dependencies.store.list(replicaSets, namespace).filter((set) => isOwnedBy(set, deployment));
  }

  #create(deployment: KubeObject, hash: string, owned: KubeObject[]): KubeObject | undefined {
    const { store, registry, writer } = this.#dependencies;
    const { namespace = '', name } = deployment.metadata;
    const definition = registry.forStorage(replicaSets);
    if (!definition || store.get('namespaces', '', namespace)?.metadata.deletionTimestamp) return undefined;
    const template = structuredClone(recordAt(deployment, 'spec', 'template'));
    const labels = { ...stringMapAt(template, 'metadata', 'labels'), [hashLabel]: hash };
    template.metadata = { ...recordAt(template, 'metadata'), labels };
    const selector = structuredClone(recordAt(deployment, 'spec', 'selector'));
    selector.matchLabels = { ...stringMapAt(selector, 'matchLabels'), [hashLabel]: hash };
    const draft: Draft = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        labels,
        annotations: {
          'deployment.kubernetes.io/desired-replicas': String(numberAt(deployment, 'spec', 'replicas')),
          ...inherited(deployment),
          [revisionAnnotation]: String(highestRevision(owned) + 1),
        },
        ownerReferences: [controllerReference(deployment)],
      },
      spec: { replicas: 0, selector, template },
    };
    return writer.create(definition, namespace, draft, controllerWrites);
  }

  /** Rolling back makes an old ReplicaSet the latest again, under a new revision. */
  #becomeLatest(deployment: KubeObject, current: KubeObject, owned: KubeObject[]): void {
    const { store } = this.#dependencies;
    const { namespace = '', name } = deployment.metadata;
    const others = owned.filter((set) => set.metadata.uid !== current.metadata.uid);
    const revision = String(Math.max(revisionOf(current), highestRevision(others) + 1));
    store.modify(replicaSets, namespace, current.metadata.name, (draft) => {
      draft.metadata.annotations = {
        ...draft.metadata.annotations,
        ...inherited(deployment),
        [revisionAnnotation]: revision,
      };
    });
    store.modify('deployments.apps', namespace, name, (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, [revisionAnnotation]: revision };
    });
  }

  #roll(deployment: KubeObject, current: KubeObject | undefined, old: KubeObject[]): void {
    const fresh =
      current && this.#dependencies.store.get(replicaSets, current.metadata.namespace ?? '', current.metadata.name);
    const running = old.flatMap((set) => podsOf(this.#dependencies, set)).length;
    for (const { name, replicas } of planRollout(deployment, fresh, old, running)) {
      this.#scale(deployment, name, replicas);
    }
  }

  #scale(deployment: KubeObject, name: string, replicas: number): void {
    const { store } = this.#dependencies;
    const { namespace = '' } = deployment.metadata;
    const before = numberAt(store.get(replicaSets, namespace, name), 'spec', 'replicas');
    store.modify(replicaSets, namespace, name, (draft) => {
      draft.spec = { ...recordAt(draft, 'spec'), replicas };
      draft.metadata.generation = (draft.metadata.generation ?? 0) + 1;
      draft.metadata.annotations = {
        ...draft.metadata.annotations,
        'deployment.kubernetes.io/desired-replicas': String(numberAt(deployment, 'spec', 'replicas')),
      };
    });
    recordEvent(this.#dependencies, deployment, {
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message: `Scaled ${replicas > before ? 'up' : 'down'} replica set ${name} from ${before} to ${replicas}`,
      component,
    });
  }

  #forgetOld(deployment: KubeObject, old: KubeObject[]): void {
    const { registry, deletion } = this.#dependencies;
    const definition = registry.forStorage(replicaSets);
    const limit = at(deployment, 'spec', 'revisionHistoryLimit');
    const idle = old
      .filter((set) => numberAt(set, 'spec', 'replicas') === 0 && numberAt(set, 'status', 'replicas') === 0)
      .sort((a, b) => revisionOf(b) - revisionOf(a));
    for (const set of idle.slice(typeof limit === 'number' ? limit : 10)) {
      if (definition) deletion.delete(definition, set.metadata.namespace ?? '', set.metadata.name, backgroundDeletion);
    }
  }

  #updateStatus(deployment: KubeObject, currentName: string | undefined): void {
    const { store, clock } = this.#dependencies;
    const { namespace = '', name, generation = 1 } = deployment.metadata;
    const owned = this.#owned(deployment);
    const current = owned.find((set) => set.metadata.name === currentName);
    const sum = (field: string) => owned.reduce((total, set) => total + numberAt(set, 'status', field), 0);
    const wanted = numberAt(deployment, 'spec', 'replicas');
    const replicas = sum('replicas');
    const ready = sum('readyReplicas');
    const updated = numberAt(current, 'status', 'replicas');
    const complete = updated === wanted && replicas === wanted && ready === wanted;
    const before = listAt(deployment, 'status', 'conditions');
    const now = kubernetesTime(clock.now());
    store.modify('deployments.apps', namespace, name, (draft) => {
      draft.status = {
        observedGeneration: generation,
        ...(replicas > 0 ? { replicas } : {}),
        ...(updated > 0 ? { updatedReplicas: updated } : {}),
        ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
        ...(wanted > ready ? { unavailableReplicas: wanted - ready } : {}),
        conditions: [
          condition(before, now, 'Available', ready >= Math.ceil(wanted * 0.75), [
            ['MinimumReplicasAvailable', 'Deployment has minimum availability.'],
            ['MinimumReplicasUnavailable', 'Deployment does not have minimum availability.'],
          ]),
          condition(before, now, 'Progressing', true, [
            complete
              ? ['NewReplicaSetAvailable', `ReplicaSet "${currentName}" has successfully progressed.`]
              : ['ReplicaSetUpdated', `ReplicaSet "${currentName}" is progressing.`],
            ['', ''],
          ]),
        ],
      };
    });
  }
}

type Wording = [reason: string, message: string];

function condition(before: unknown[], now: string, type: string, holds: boolean, words: [yes: Wording, no: Wording]) {
  const [reason, message] = words[holds ? 0 : 1];
  const status = holds ? 'True' : 'False';
  const known = before.find((each) => textAt(each, 'type') === type);
  const unchanged = textAt(known, 'status') === status && textAt(known, 'reason') === reason;
  return {
    type,
    status,
    lastUpdateTime: (unchanged && textAt(known, 'lastUpdateTime')) || now,
    lastTransitionTime: (textAt(known, 'status') === status && textAt(known, 'lastTransitionTime')) || now,
    reason,
    message,
  };
}

/**
 * A short hash of a pod template, in the alphabet of Kubernetes' generated names. The same for every way to write the
 * same template: clients order fields as they like, and send empty ones or leave them out.
 */
export function templateHash(template: unknown): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(JSON.stringify(canonical(template)))) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return safeEncode(String(hash));
}

/** With its fields in alphabetical order, and none that is empty. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isRecord(value)) return value ?? null;
  const fields = Object.entries(value)
    .map(([field, inner]): [string, unknown] => [field, canonical(inner)])
    .filter(([, inner]) => inner !== null && !(typeof inner === 'object' && Object.keys(inner).length === 0))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields);
}

function revisionOf(set: KubeObject): number {
  return Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);
}

function highestRevision(sets: KubeObject[]): number {
  return sets.reduce((highest, set) => Math.max(highest, revisionOf(set)), 0);
}

/** Annotations that go from a Deployment to its ReplicaSets. */
function inherited(deployment: KubeObject): Record<string, string> {
  const own = new Set(['kubectl.kubernetes.io/last-applied-configuration', revisionAnnotation]);
  return Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !own.has(key)));
}
