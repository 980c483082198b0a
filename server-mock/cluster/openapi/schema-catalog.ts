import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The type of one field. */
export type FieldType =
  | { kind: 'string'; format: string }
  | { kind: 'number'; format: string }
  | { kind: 'boolean' }
  | { kind: 'any' }
  | { kind: 'int-or-string' }
  | { kind: 'list'; of: FieldType }
  | { kind: 'map'; of: FieldType }
  | { kind: 'model'; model: string };

export interface Field {
  name: string;
  description: string;
  required: boolean;
  type: FieldType;
}

export interface Model {
  name: string;
  description: string;
  fields: ReadonlyMap<string, Field>;
}

/**
 * The schemas of Kubernetes' types, read from the models that the Kubernetes client library generates from
 * Kubernetes' own OpenAPI document: field names, types, which are required, and their documentation.
 * Each model is read when it is first asked for.
 */
export class SchemaCatalog {
  readonly #folder: string;
  readonly #models = new Map<string, Model>();

  constructor(folder: string = generatedModels()) {
    this.#folder = folder;
  }

  /** @throws {Error} for a name that the client library has no model of */
  model(name: string): Model {
    let model = this.#models.get(name);
    if (!model) {
      const code = readFileSync(join(this.#folder, `${name}.js`), 'utf8');
      const declaration = readFileSync(join(this.#folder, `${name}.d.ts`), 'utf8');
      model = readModel(name, code, declaration);
      this.#models.set(name, model);
    }
    return model;
  }
}

function generatedModels(): string {
  return join(dirname(fileURLToPath(import.meta.resolve('@kubernetes/client-node'))), 'gen', 'models');
}

interface Attribute {
  name: string;
  baseName: string;
  type: string;
  format: string;
}

function readModel(name: string, code: string, declaration: string): Model {
  const literal = /attributeTypeMap = (\[[\s\S]*?\n\]);|attributeTypeMap = (\[\]);/.exec(code);
  const attributes = JSON.parse(literal?.[1] ?? literal?.[2] ?? '[]') as Attribute[];
  const documented = readDeclaration(declaration);
  const fields = new Map<string, Field>();
  for (const attribute of attributes) {
    const { description = '', required = false } = documented.fields.get(attribute.name) ?? {};
    fields.set(attribute.baseName, {
      name: attribute.baseName,
      description,
      required,
      type: readType(attribute.type, quantities.has(attribute.baseName) ? 'quantity' : attribute.format),
    });
  }
  return { name, description: documented.description, fields };
}

/** Fields of `resource.Quantity`, which the client library shows as plain strings; `cpu: 1` is one as well. */
const quantities: ReadonlySet<string> = new Set([
  'allocatable',
  'allocatedResources',
  'capacity',
  'divisor',
  'limits',
  'overhead',
  'requests',
  'sizeLimit',
]);

function readType(text: string, format: string): FieldType {
  const list = /^(?:Array|Set)<(.*)>$/.exec(text)?.[1];
  if (list !== undefined) return { kind: 'list', of: readType(list, format) };
  const map = /^\{ \[key: string\]: (.*?);? \}$/.exec(text)?.[1];
  if (map !== undefined) return { kind: 'map', of: readType(map, format) };
  switch (text) {
    case 'string':
      return { kind: 'string', format };
    case 'Date':
    case 'V1MicroTime':
      return { kind: 'string', format: 'date-time' };
    case 'number':
      return { kind: 'number', format };
    case 'boolean':
      return { kind: 'boolean' };
    case 'any':
    case 'object':
      return { kind: 'any' };
    case 'IntOrString':
      return { kind: 'int-or-string' };
    default:
      return { kind: 'model', model: text };
  }
}

/** The comments and question marks of a generated class declaration. */
function readDeclaration(text: string): {
  description: string;
  fields: Map<string, { description: string; required: boolean }>;
} {
  const fields = new Map<string, { description: string; required: boolean }>();
  const member = /(?:\/\*\*\s*\n((?:\s*\*(?!\/).*\n)*?)\s*\*\/\s*\n)?\s*'([^']+)'(\?)?:/g;
  const body = text.slice(text.indexOf('export declare class'));
  for (const [, comment = '', name = '', optional] of body.matchAll(member)) {
    fields.set(name, { description: readComment(comment), required: optional === undefined });
  }
  const head = /\/\*\*\s*\n((?:\s*\*(?!\/).*\n)*?)\s*\*\/\s*\nexport declare class/.exec(text)?.[1] ?? '';
  return { description: readComment(head), fields };
}

function readComment(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*\s?/, '').trimEnd())
    .join('\n')
    .trim()
    .replaceAll("\\'", "'")
    .replaceAll('\\"', '"');
}
