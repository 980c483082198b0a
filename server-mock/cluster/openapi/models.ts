import type { ResourceDefinition } from '../resources/definition.ts';

/** Model names that are not simply version and kind, because two groups have a kind of that name. */
const special: Readonly<Record<string, string>> = {
  'v1/Event': 'CoreV1Event',
  'v1/EventList': 'CoreV1EventList',
  'events.k8s.io/v1/Event': 'EventsV1Event',
  'events.k8s.io/v1/EventList': 'EventsV1EventList',
  'authentication.k8s.io/v1/TokenRequest': 'AuthenticationV1TokenRequest',
};

/** The client library's model of a kind. */
export function modelOfKind({ group, version, kind }: Pick<ResourceDefinition, 'group' | 'version' | 'kind'>): string {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return special[`${apiVersion}/${kind}`] ?? `${version[0]?.toUpperCase()}${version.slice(1)}${kind}`;
}

/** Models of the meta API, which every group shares. */
const metaModels: ReadonlySet<string> = new Set([
  'V1ObjectMeta',
  'V1ListMeta',
  'V1OwnerReference',
  'V1ManagedFieldsEntry',
  'V1LabelSelector',
  'V1LabelSelectorRequirement',
  'V1FieldSelectorRequirement',
  'V1Condition',
  'V1Status',
  'V1StatusDetails',
  'V1StatusCause',
  'V1DeleteOptions',
  'V1Preconditions',
]);

export function isMetaModel(model: string): boolean {
  return metaModels.has(model);
}

/** The kind's bare name: `Container` of `V1Container`, `Event` of `CoreV1Event`. */
export function bareName(model: string): string {
  return model.replace(/^(Core|Events|Discovery|Rbac|Authentication|Storage|Flowcontrol)?V\d+((alpha|beta)\d+)?/, '');
}

/** A model's name in OpenAPI documents, as Kubernetes names its Go types. */
export function schemaName(model: string, group: string): string {
  if (isMetaModel(model)) return `io.k8s.apimachinery.pkg.apis.meta.v1.${bareName(model)}`;
  return `io.k8s.api.${group === '' ? 'core' : group.split('.')[0]}.v1.${bareName(model)}`;
}
