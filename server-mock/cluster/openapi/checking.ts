import { isRecord } from '../json.ts';
import type { FieldType, SchemaCatalog } from './schema-catalog.ts';

export interface UnknownField {
  /** `spec.replica` */
  path: string;
  /** The object that holds it, and under which key. */
  holder: Record<string, unknown>;
  key: string;
}

/** What is wrong with an object, measured against its schema. */
export interface Findings {
  /** Fields the schema does not have. */
  unknownFields: UnknownField[];
  /** Values of the wrong type, as sentences. */
  typeErrors: string[];
}

/** Checks an object against a model: unknown fields and types. Required fields are the resource's own validation. */
export function checkObject(catalog: SchemaCatalog, model: string, value: unknown): Findings {
  const findings: Findings = { unknownFields: [], typeErrors: [] };
  checkModel(catalog, model, value, '', findings);
  return findings;
}

function checkModel(catalog: SchemaCatalog, name: string, value: unknown, path: string, findings: Findings): void {
  if (!isRecord(value)) {
    findings.typeErrors.push(wrongType(path, 'object', value));
    return;
  }
  const { fields } = catalog.model(name);
  for (const [key, entry] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    const field = fields.get(key);
    if (!field) findings.unknownFields.push({ path: at, holder: value, key });
    else if (entry !== null && entry !== undefined) checkType(catalog, field.type, entry, at, findings);
  }
}

function checkType(catalog: SchemaCatalog, type: FieldType, value: unknown, path: string, findings: Findings): void {
  switch (type.kind) {
    case 'model':
      checkModel(catalog, type.model, value, path, findings);
      return;
    case 'list':
      if (!Array.isArray(value)) {
        findings.typeErrors.push(wrongType(path, 'array', value));
        return;
      }
      for (const [index, element] of value.entries()) {
        if (element !== null) checkType(catalog, type.of, element, `${path}[${index}]`, findings);
      }
      return;
    case 'map':
      if (!isRecord(value)) {
        findings.typeErrors.push(wrongType(path, 'object', value));
        return;
      }
      for (const [key, element] of Object.entries(value)) {
        if (element !== null) checkType(catalog, type.of, element, `${path}.${key}`, findings);
      }
      return;
    case 'string':
    case 'number':
    case 'boolean':
      if (typeof value !== type.kind && !isQuantity(type, value)) {
        findings.typeErrors.push(wrongType(path, type.kind, value));
      }
      return;
    case 'int-or-string':
      if (typeof value !== 'string' && typeof value !== 'number') {
        findings.typeErrors.push(wrongType(path, 'integer or string', value));
      }
      return;
    case 'any':
      return;
    default:
      throw new TypeError(`no such type: ${JSON.stringify(type satisfies never)}`);
  }
}

function isQuantity(type: FieldType, value: unknown): boolean {
  return type.kind === 'string' && type.format === 'quantity' && typeof value === 'number';
}

function wrongType(path: string, expected: string, value: unknown): string {
  const found = Array.isArray(value) ? 'array' : typeof value;
  return `cannot unmarshal ${found} into field ${path || '(root)'} of type ${expected}`;
}
