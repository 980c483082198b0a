import { coreResources } from './core.ts';
import { apiVersionOf, type ResourceDefinition } from './definition.ts';
import { otherResources } from './others.ts';
import { rbacResources } from './rbac.ts';
import { workloadResources } from './workloads.ts';

/** A resource that exists as an action only: a review is created, answered and never stored. */
export interface VirtualResource {
  group: string;
  version: string;
  resource: string;
  singular: string;
  kind: string;
  namespaced: boolean;
}

export const virtualResources: readonly VirtualResource[] = [
  review('authentication.k8s.io', 'selfsubjectreviews', 'SelfSubjectReview', false),
  review('authentication.k8s.io', 'tokenreviews', 'TokenReview', false),
  review('authorization.k8s.io', 'localsubjectaccessreviews', 'LocalSubjectAccessReview', true),
  review('authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview', false),
  review('authorization.k8s.io', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview', false),
  review('authorization.k8s.io', 'subjectaccessreviews', 'SubjectAccessReview', false),
];

function review(group: string, resource: string, kind: string, namespaced: boolean): VirtualResource {
  return { group, version: 'v1', resource, singular: kind.toLowerCase(), kind, namespaced };
}

/** A subresource with an object or a protocol of its own, as discovery lists it. */
export interface ExtraSubresource {
  parent: string;
  group: string;
  name: string;
  kind: string;
  /** The kind's own group and version, where they are not the parent's. */
  kindGroup?: string;
  kindVersion?: string;
  verbs: readonly string[];
}

export const extraSubresources: readonly ExtraSubresource[] = [
  { parent: 'pods', group: '', name: 'attach', kind: 'PodAttachOptions', verbs: ['create', 'get'] },
  { parent: 'pods', group: '', name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
  { parent: 'pods', group: '', name: 'log', kind: 'Pod', verbs: ['get'] },
  { parent: 'pods', group: '', name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
  {
    parent: 'pods',
    group: '',
    name: 'eviction',
    kind: 'Eviction',
    kindGroup: 'policy',
    kindVersion: 'v1',
    verbs: ['create'],
  },
  {
    parent: 'serviceaccounts',
    group: '',
    name: 'token',
    kind: 'TokenRequest',
    kindGroup: 'authentication.k8s.io',
    kindVersion: 'v1',
    verbs: ['create'],
  },
  { parent: 'namespaces', group: '', name: 'finalize', kind: 'Namespace', verbs: ['update'] },
];

export interface GroupVersion {
  group: string;
  version: string;
}

/** Every resource the emulated API serves. */
export class Registry {
  readonly resources: readonly ResourceDefinition[];

  constructor(resources: readonly ResourceDefinition[] = allResources) {
    this.resources = resources;
  }

  find(group: string, version: string, resource: string): ResourceDefinition | undefined {
    return this.resources.find(
      (definition) => definition.resource === resource && definition.group === group && definition.version === version,
    );
  }

  findKind(apiVersion: string, kind: string): ResourceDefinition | undefined {
    return this.resources.find((definition) => definition.kind === kind && apiVersionOf(definition) === apiVersion);
  }

  /** The definition that owns a collection of the store: the one whose form is stored. */
  forStorage(storage: string): ResourceDefinition | undefined {
    return this.resources.find((definition) => definition.storage === storage && !definition.codec);
  }

  findVirtual(group: string, version: string, resource: string): VirtualResource | undefined {
    return virtualResources.find(
      (candidate) => candidate.resource === resource && candidate.group === group && candidate.version === version,
    );
  }

  /** In discovery order: the core group first. */
  groupVersions(): GroupVersion[] {
    const seen = new Map<string, GroupVersion>();
    for (const { group, version } of [...this.resources, ...virtualResources]) {
      seen.set(`${group}/${version}`, { group, version });
    }
    return [...seen.values()];
  }
}

const allResources = [...coreResources, ...workloadResources, ...rbacResources, ...otherResources];
