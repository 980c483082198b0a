import { isRecord } from '../json.ts';
import type { FieldType, SchemaCatalog } from './schema-catalog.ts';

/**
 * Reads an object's nulls as Kubernetes does, in place: a field that is null is left out, a null in a list or a map is
 * the empty value of its type. Times stay null, which is how Kubernetes itself writes one that is not set.
 *
 * @example
 * // An `env:` with a dash and nothing behind it, `env: [null]`, becomes `env: [{}]`, whose name is then missing.
 */
export function readNulls(catalog: SchemaCatalog, model: string, value: unknown): void {
  if (!isRecord(value)) return;
  const { fields } = catalog.model(model);
  for (const [key, entry] of Object.entries(value)) {
    const type = fields.get(key)?.type;
    if (!type) continue;
    if (entry !== null) readInside(catalog, type, entry);
    else if (!isTime(type)) delete value[key];
  }
}

function readInside(catalog: SchemaCatalog, type: FieldType, value: unknown): void {
  if (type.kind === 'model') readNulls(catalog, type.model, value);
  if (type.kind === 'list' && Array.isArray(value)) readElements(catalog, type.of, value as unknown as Holder);
  if (type.kind === 'map' && isRecord(value)) readElements(catalog, type.of, value);
}

type Holder = Record<string, unknown>;

function readElements(catalog: SchemaCatalog, type: FieldType, holder: Holder): void {
  for (const [key, element] of Object.entries(holder)) {
    if (element === null) holder[key] = emptyOf(type);
    else readInside(catalog, type, element);
  }
}

function isTime(type: FieldType): boolean {
  return type.kind === 'string' && type.format === 'date-time';
}

function emptyOf(type: FieldType): unknown {
  switch (type.kind) {
    case 'model':
    case 'map':
      return {};
    case 'list':
      return [];
    case 'number':
    case 'int-or-string':
      return 0;
    case 'boolean':
      return false;
    case 'string':
      return '';
    case 'any':
      return null;
    default:
      return type satisfies never;
  }
}
