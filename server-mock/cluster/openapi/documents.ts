import { createHash } from 'node:crypto';
import type { ResourceDefinition, Verb } from '../resources/definition.ts';
import type { GroupVersion, Registry } from '../resources/registry.ts';
import { virtualResources } from '../resources/registry.ts';
import { encodeOpenApiV2 } from './gnostic.ts';
import { modelOfKind } from './models.ts';
import type { SchemaCatalog } from './schema-catalog.ts';
import { type Dialect, SchemaNames, schemasOf } from './schemas.ts';

type Operation = Record<string, unknown>;

/** Makes the OpenAPI documents that clients validate, explain and complete from, each when it is first asked for. */
export class OpenApiDocuments {
  readonly #registry: Registry;
  readonly #catalog: SchemaCatalog;
  readonly #gitVersion: string;
  readonly #made = new Map<string, Buffer>();
  #names: SchemaNames | undefined;

  constructor(registry: Registry, catalog: SchemaCatalog, gitVersion: string) {
    this.#registry = registry;
    this.#catalog = catalog;
    this.#gitVersion = gitVersion;
  }

  /** `/openapi/v3`: where the document of each group and version is. */
  index(): Buffer {
    return this.#remember('index', () => {
      const paths: Record<string, { serverRelativeURL: string }> = {};
      for (const groupVersion of this.#registry.groupVersions()) {
        const path = pathOf(groupVersion);
        const hash = createHash('sha256').update(`${this.#gitVersion} ${path}`).digest('hex').toUpperCase();
        paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
      }
      return { paths };
    });
  }

  /** `/openapi/v3/api/v1`, `/openapi/v3/apis/apps/v1`, …; undefined for a group that is not served. */
  v3(path: string): Buffer | undefined {
    const groupVersion = this.#registry.groupVersions().find((candidate) => pathOf(candidate) === path);
    if (!groupVersion) return undefined;
    return this.#remember(`v3 ${path}`, () => {
      const resources = this.#registry.resources.filter((each) => isIn(each, groupVersion));
      const virtual = virtualResources.filter((each) => isIn(each, groupVersion));
      const models = [
        ...resources.flatMap((each) => [modelOfKind(each), modelOfKind({ ...each, kind: `${each.kind}List` })]),
        ...virtual.map(modelOfKind),
        'V1Status',
        'V1DeleteOptions',
        'V1Scale',
      ];
      const names = this.#schemaNames();
      return {
        openapi: '3.0.0',
        info: this.#info(),
        paths: Object.assign({}, ...resources.map((each) => pathsOf(each, names, 'v3'))),
        components: { schemas: schemasOf(this.#catalog, names, names.closure(models), 'v3') },
      };
    });
  }

  /** `/openapi/v2`, in JSON. */
  v2(): Buffer {
    return this.#remember('v2', () => this.#v2());
  }

  /** `/openapi/v2`, in the form that kubectl reads. */
  v2Protobuf(): Buffer {
    let document = this.#made.get('v2 protobuf');
    if (!document) {
      document = encodeOpenApiV2(this.#v2());
      this.#made.set('v2 protobuf', document);
    }
    return document;
  }

  #v2() {
    const { resources } = this.#registry;
    const names = this.#schemaNames();
    const models = [
      ...resources.flatMap((each) => [modelOfKind(each), modelOfKind({ ...each, kind: `${each.kind}List` })]),
      ...virtualResources.map(modelOfKind),
      'V1Status',
      'V1DeleteOptions',
      'V1Scale',
    ];
    return {
      swagger: '2.0',
      info: this.#info(),
      paths: Object.assign({}, ...resources.map((each) => pathsOf(each, names, 'v2'))),
      definitions: schemasOf(this.#catalog, names, names.closure(models), 'v2'),
    };
  }

  #info() {
    return { title: 'Kubernetes (emulated by Postern)', version: this.#gitVersion };
  }

  #schemaNames(): SchemaNames {
    this.#names ??= new SchemaNames(this.#registry, this.#catalog, virtualResources);
    return this.#names;
  }

  #remember(key: string, make: () => unknown): Buffer {
    let document = this.#made.get(key);
    if (!document) {
      document = Buffer.from(JSON.stringify(make()));
      this.#made.set(key, document);
    }
    return document;
  }
}

function isIn(resource: GroupVersion, { group, version }: GroupVersion): boolean {
  return resource.group === group && resource.version === version;
}

function pathOf({ group, version }: GroupVersion): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

const actions: readonly { verb: Verb; method: string; action: string; on: 'collection' | 'item' }[] = [
  { verb: 'list', method: 'get', action: 'list', on: 'collection' },
  { verb: 'create', method: 'post', action: 'post', on: 'collection' },
  { verb: 'deletecollection', method: 'delete', action: 'deletecollection', on: 'collection' },
  { verb: 'get', method: 'get', action: 'get', on: 'item' },
  { verb: 'update', method: 'put', action: 'put', on: 'item' },
  { verb: 'patch', method: 'patch', action: 'patch', on: 'item' },
  { verb: 'delete', method: 'delete', action: 'delete', on: 'item' },
];

function pathsOf(definition: ResourceDefinition, names: SchemaNames, dialect: Dialect): Record<string, unknown> {
  const base = `/${pathOf(definition)}`;
  const collection = `${base}/${definition.namespaced ? 'namespaces/{namespace}/' : ''}${definition.resource}`;
  const item = `${collection}/{name}`;
  const pathParameters = (path: string) =>
    [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => parameter(name, 'path', dialect));
  const paths: Record<string, Operation> = {
    [collection]: { parameters: pathParameters(collection) },
    [item]: { parameters: pathParameters(item) },
  };
  for (const { verb, method, action, on } of actions) {
    if (!definition.verbs.includes(verb)) continue;
    const path = on === 'item' ? item : collection;
    const target = paths[path];
    if (target) target[method] = operation(definition, names, verb, action, dialect);
  }
  return paths;
}

function operation(
  definition: ResourceDefinition,
  names: SchemaNames,
  verb: Verb,
  action: string,
  dialect: Dialect,
): Operation {
  const { group, version, kind } = definition;
  const model = modelOfKind(verb === 'list' ? { ...definition, kind: `${kind}List` } : definition);
  const prefix = dialect === 'v2' ? '#/definitions/' : '#/components/schemas/';
  const schema = { $ref: `${prefix}${names.nameOf(model)}` };
  const writes = ['create', 'update', 'patch'].includes(verb);
  const parameters = (writes ? ['dryRun', 'fieldManager', 'fieldValidation'] : []).map((name) =>
    parameter(name, 'query', dialect),
  );
  const content = { 'application/json': { schema } };
  return {
    operationId: `${verb}${group.split('.')[0] || 'Core'}${version}${kind}`,
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, version, kind },
    parameters: [
      ...parameters,
      ...(writes && dialect === 'v2' ? [{ name: 'body', in: 'body', required: true, schema }] : []),
    ],
    ...(writes && dialect === 'v3' ? { requestBody: { content } } : {}),
    responses: {
      200: { description: 'OK', ...(dialect === 'v3' ? { content } : { schema }) },
      401: { description: 'Unauthorized' },
    },
  };
}

function parameter(name: string, place: 'path' | 'query', dialect: Dialect) {
  return {
    name,
    in: place,
    ...(place === 'path' ? { required: true } : {}),
    ...(dialect === 'v3' ? { schema: { type: 'string', uniqueItems: true } } : { type: 'string', uniqueItems: true }),
  };
}
