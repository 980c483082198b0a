import { documentedMergeKey } from '../patch/merge-keys.ts';
import type { Registry } from '../resources/registry.ts';
import { bareName, modelOfKind, schemaName } from './models.ts';
import type { Field, FieldType, SchemaCatalog } from './schema-catalog.ts';

export type Dialect = 'v2' | 'v3';
type Schema = Record<string, unknown>;

interface Kind {
  group: string;
  version: string;
  kind: string;
}

/** Models and the name of each in the documents. */
export class SchemaNames {
  readonly #catalog: SchemaCatalog;
  readonly #groups = new Map<string, string>();
  readonly #kinds = new Map<string, Kind[]>();

  constructor(registry: Registry, catalog: SchemaCatalog, virtual: readonly Kind[]) {
    this.#catalog = catalog;
    const roots = [...registry.resources, ...virtual].map(({ group, version, kind }) => ({ group, version, kind }));
    for (const root of roots) {
      this.#visit(modelOfKind(root), root.group);
      this.#name(modelOfKind(root), root);
    }
    for (const root of registry.resources) {
      const list = { group: root.group, version: root.version, kind: `${root.kind}List` };
      this.#visit(modelOfKind(list), root.group);
      this.#name(modelOfKind(list), list);
    }
    for (const model of ['V1Status', 'V1DeleteOptions']) this.#visit(model, '');
    this.#visit('V1Scale', 'autoscaling');
    this.#name('V1Scale', { group: 'autoscaling', version: 'v1', kind: 'Scale' });
  }

  nameOf(model: string): string {
    return schemaName(model, this.#groups.get(model) ?? '');
  }

  kindsOf(model: string): readonly Kind[] {
    return this.#kinds.get(model) ?? [];
  }

  /** A kind's model and all that it refers to. */
  closure(models: Iterable<string>): Set<string> {
    const found = new Set<string>();
    const add = (model: string) => {
      if (found.has(model)) return;
      found.add(model);
      for (const field of this.#catalog.model(model).fields.values()) referredModels(field.type).forEach(add);
    };
    for (const model of models) add(model);
    return found;
  }

  /** Types belong to the group that is met first: core's come first, so a PodSpec in a Deployment is core's. */
  #visit(model: string, group: string): void {
    if (this.#groups.has(model)) return;
    this.#groups.set(model, group);
    for (const field of this.#catalog.model(model).fields.values()) {
      for (const referred of referredModels(field.type)) this.#visit(referred, group);
    }
  }

  #name(model: string, kind: Kind): void {
    this.#kinds.set(model, [...(this.#kinds.get(model) ?? []), kind]);
  }
}

function referredModels(type: FieldType): string[] {
  if (type.kind === 'model') return [type.model];
  return type.kind === 'list' || type.kind === 'map' ? referredModels(type.of) : [];
}

/** The schemas of a set of models in the dialect of OpenAPI 2 or 3. */
export function schemasOf(
  catalog: SchemaCatalog,
  names: SchemaNames,
  models: Iterable<string>,
  dialect: Dialect,
): Record<string, Schema> {
  const schemas: Record<string, Schema> = {};
  for (const model of models) schemas[names.nameOf(model)] = schemaOf(catalog, names, model, dialect);
  return schemas;
}

function schemaOf(catalog: SchemaCatalog, names: SchemaNames, modelName: string, dialect: Dialect): Schema {
  const model = catalog.model(modelName);
  const properties: Record<string, Schema> = {};
  const required: string[] = [];
  for (const field of model.fields.values()) {
    properties[field.name] = propertyOf(names, modelName, field, dialect);
    if (field.required) required.push(field.name);
  }
  const kinds = names.kindsOf(modelName);
  return {
    ...(model.description ? { description: model.description } : {}),
    type: 'object',
    ...(required.length > 0 ? { required } : {}),
    ...(model.fields.size > 0 ? { properties } : {}),
    ...(kinds.length > 0 ? { 'x-kubernetes-group-version-kind': kinds } : {}),
  };
}

function propertyOf(names: SchemaNames, modelName: string, field: Field, dialect: Dialect): Schema {
  const owner = bareName(modelName);
  const mergeKey = field.type.kind === 'list' ? documentedMergeKey(owner, field.name) : undefined;
  const schema = typeSchema(names, field.type, dialect);
  // OpenAPI 3.0 ignores what stands beside a $ref, so it is wrapped where there is a description to keep.
  const wrapped = dialect === 'v3' && '$ref' in schema ? { allOf: [schema] } : schema;
  return {
    ...(field.description ? { description: field.description } : {}),
    ...wrapped,
    ...(mergeKey?.key ? { 'x-kubernetes-patch-merge-key': mergeKey.key } : {}),
    ...(mergeKey ? { 'x-kubernetes-patch-strategy': mergeKey.strategy } : {}),
    ...(owner === 'PodSpec' && field.name === 'volumes' ? { 'x-kubernetes-list-type': 'map' } : {}),
  };
}

function typeSchema(names: SchemaNames, type: FieldType, dialect: Dialect): Schema {
  switch (type.kind) {
    case 'string':
      return { type: 'string', ...(type.format && type.format !== 'quantity' ? { format: type.format } : {}) };
    case 'number': {
      const integer = type.format.startsWith('int');
      return { type: integer ? 'integer' : 'number', ...(type.format ? { format: type.format } : {}) };
    }
    case 'boolean':
      return { type: 'boolean' };
    case 'any':
      return { type: 'object' };
    case 'int-or-string':
      return dialect === 'v2'
        ? { type: 'string', format: 'int-or-string' }
        : { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] };
    case 'list':
      return { type: 'array', items: typeSchema(names, type.of, dialect) };
    case 'map':
      return { type: 'object', additionalProperties: typeSchema(names, type.of, dialect) };
    case 'model': {
      const prefix = dialect === 'v2' ? '#/definitions/' : '#/components/schemas/';
      return { $ref: `${prefix}${names.nameOf(type.model)}` };
    }
    default:
      return type satisfies never;
  }
}
