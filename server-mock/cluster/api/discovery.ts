import { apiVersionOf, type ResourceDefinition } from '../resources/definition.ts';
import {
  type ExtraSubresource,
  extraSubresources,
  type GroupVersion,
  type Registry,
  virtualResources,
} from '../resources/registry.ts';
import { parseMediaType } from './presentation.ts';

const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

/** What a discovery request gets, and under which content type. */
export interface DiscoveryAnswer {
  contentType: string;
  body: object;
}

/** `/api` and `/apis`: aggregated where the client asks for it, else the older form. */
export function discoverRoot(
  registry: Registry,
  root: 'api' | 'apis',
  accept: string | undefined,
  serverAddress: string,
): DiscoveryAnswer {
  for (const { type, parameters } of (accept ?? '').split(',').map(parseMediaType)) {
    if (type !== 'application/json') continue;
    const version = parameters.get('v') ?? '';
    if (parameters.get('as') === undefined) break;
    if (parameters.get('g') !== 'apidiscovery.k8s.io' || !['v2', 'v2beta1'].includes(version)) continue;
    return {
      // Clients tell the aggregated form by this content type, parameters and all.
      contentType: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
      body: aggregated(registry, root, version),
    };
  }
  return {
    contentType: 'application/json',
    body: root === 'api' ? apiVersions(serverAddress) : apiGroupList(registry),
  };
}

function apiVersions(serverAddress: string) {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

function apiGroupList(registry: Registry) {
  const groups = registry.groupVersions().filter(({ group }) => group !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(describeGroup) };
}

function describeGroup({ group, version }: GroupVersion) {
  const only = { groupVersion: `${group}/${version}`, version };
  return { name: group, versions: [only], preferredVersion: only };
}

/** `/apis/GROUP` */
export function apiGroup(registry: Registry, group: string): object | undefined {
  const found = registry.groupVersions().find((candidate) => candidate.group === group && group !== '');
  return found && { kind: 'APIGroup', apiVersion: 'v1', ...describeGroup(found) };
}

/** `/api/v1` and `/apis/GROUP/VERSION` */
export function apiResourceList(registry: Registry, wanted: GroupVersion): object | undefined {
  const definitions = registry.resources.filter((definition) => isIn(definition, wanted));
  const virtual = virtualResources.filter((resource) => isIn(resource, wanted));
  if (definitions.length === 0 && virtual.length === 0) return undefined;
  const resources = [
    ...definitions.flatMap((definition) => [
      {
        name: definition.resource,
        singularName: definition.singular,
        namespaced: definition.namespaced,
        kind: definition.kind,
        verbs: definition.verbs,
        ...(definition.shortNames.length > 0 ? { shortNames: definition.shortNames } : {}),
        ...(definition.categories.length > 0 ? { categories: definition.categories } : {}),
      },
      ...subresources(definition).map(({ name, kind, verbs }) => ({
        name: `${definition.resource}/${name}`,
        singularName: '',
        namespaced: definition.namespaced,
        ...(isIn(kind, wanted) ? {} : { group: kind.group, version: kind.version }),
        kind: kind.kind,
        verbs,
      })),
    ]),
    ...virtual.map(({ resource, singular, namespaced, kind }) => ({
      name: resource,
      singularName: singular,
      namespaced,
      kind,
      verbs: ['create'],
    })),
  ];
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf(wanted),
    resources: resources.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** `apidiscovery.k8s.io` `APIGroupDiscoveryList` (KEP-3352). */
function aggregated(registry: Registry, root: 'api' | 'apis', version: string) {
  const groups = registry.groupVersions().filter(({ group }) => (group === '') === (root === 'api'));
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((groupVersion) => ({
      metadata: { name: groupVersion.group, creationTimestamp: null },
      versions: [
        { version: groupVersion.version, freshness: 'Current', resources: aggregatedResources(registry, groupVersion) },
      ],
    })),
  };
}

function aggregatedResources(registry: Registry, wanted: GroupVersion) {
  const definitions = registry.resources.filter((definition) => isIn(definition, wanted));
  const virtual = virtualResources.filter((resource) => isIn(resource, wanted));
  return [
    ...definitions.map((definition) => ({
      resource: definition.resource,
      responseKind: kindOf(definition),
      scope: definition.namespaced ? 'Namespaced' : 'Cluster',
      singularResource: definition.singular,
      verbs: definition.verbs,
      ...(definition.shortNames.length > 0 ? { shortNames: definition.shortNames } : {}),
      ...(definition.categories.length > 0 ? { categories: definition.categories } : {}),
      ...(subresources(definition).length > 0
        ? {
            subresources: subresources(definition).map(({ name, kind, verbs }) => ({
              subresource: name,
              responseKind: kind,
              verbs,
            })),
          }
        : {}),
    })),
    ...virtual.map((resource) => ({
      resource: resource.resource,
      responseKind: kindOf(resource),
      scope: resource.namespaced ? 'Namespaced' : 'Cluster',
      singularResource: resource.singular,
      verbs: ['create'],
    })),
  ];
}

function kindOf({ group, version, kind }: { group: string; version: string; kind: string }) {
  return { group, version, kind };
}

function subresources(definition: ResourceDefinition) {
  const extra = extraSubresources
    .filter((each) => each.parent === definition.resource && each.group === definition.group)
    .map((each) => ({ name: each.name, kind: extraKind(definition, each), verbs: each.verbs }));
  const own = definition.subresources.map((name) => ({
    name,
    kind: name === 'scale' ? scaleKind : kindOf(definition),
    verbs: ['get', 'patch', 'update'],
  }));
  return [...own, ...extra].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function extraKind({ group, version }: GroupVersion, extra: ExtraSubresource) {
  return { group: extra.kindGroup ?? group, version: extra.kindVersion ?? version, kind: extra.kind };
}

function isIn(thing: GroupVersion, { group, version }: GroupVersion): boolean {
  return thing.group === group && thing.version === version;
}
