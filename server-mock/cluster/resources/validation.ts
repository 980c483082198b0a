import { isDeepStrictEqual } from 'node:util';
import { at, isRecord, listAt, stringMapAt, textAt } from '../json.ts';
import type { FieldError } from '../status.ts';

export function required(field: string, detail = ''): FieldError {
  return { reason: 'FieldValueRequired', field, message: `Required value${detail ? `: ${detail}` : ''}` };
}

export function invalidValue(field: string, value: unknown, detail: string): FieldError {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(value)}: ${detail}` };
}

export function unsupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list = supported.map((choice) => JSON.stringify(choice)).join(', ');
  return {
    reason: 'FieldValueNotSupported',
    field,
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`,
  };
}

export function duplicate(field: string, value: unknown): FieldError {
  return { reason: 'FieldValueDuplicate', field, message: `Duplicate value: ${JSON.stringify(value)}` };
}

/** A field that cannot change once set. */
export function immutable(draft: unknown, previous: unknown, ...path: string[]): FieldError[] {
  if (previous === undefined) return [];
  if (isDeepStrictEqual(at(draft, ...path), at(previous, ...path))) return [];
  return [invalidValue(path.join('.'), at(draft, ...path), 'field is immutable')];
}

const subdomainPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

export function validateName(form: 'subdomain' | 'label' | 'path-segment', name: string): FieldError[] {
  const field = 'metadata.name';
  if (form === 'path-segment') {
    if (name === '.' || name === '..') return [invalidValue(field, name, `may not be '${name}'`)];
    const bad = /[/%]/.exec(name)?.[0];
    return bad ? [invalidValue(field, name, `may not contain '${bad}'`)] : [];
  }
  if (form === 'label') {
    if (name.length > 63) return [invalidValue(field, name, 'must be no more than 63 characters')];
    if (labelPattern.test(name)) return [];
    return [
      invalidValue(
        field,
        name,
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ),
    ];
  }
  if (name.length > 253) return [invalidValue(field, name, 'must be no more than 253 characters')];
  if (subdomainPattern.test(name)) return [];
  return [
    invalidValue(
      field,
      name,
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ),
  ];
}

const labelValuePattern = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const qualifiedNamePattern = /^([^/]{1,253}\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

export function validateMetadata(metadata: unknown): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(stringMapAt(metadata, 'labels'))) {
    if (!qualifiedNamePattern.test(key)) {
      errors.push(
        invalidValue(
          'metadata.labels',
          key,
          "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        ),
      );
    }
    if (!labelValuePattern.test(value)) {
      errors.push(
        invalidValue(
          'metadata.labels',
          value,
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        ),
      );
    }
  }
  const annotations = stringMapAt(metadata, 'annotations');
  const annotationBytes = Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (annotationBytes > 256 * 1024) {
    errors.push({
      reason: 'FieldValueTooLong',
      field: 'metadata.annotations',
      message: 'Too long: may not be more than 262144 bytes',
    });
  }
  return errors;
}

export function validatePodSpec(spec: unknown, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const containers = listAt(spec, 'containers');
  if (containers.length === 0) errors.push(required(`${field}.containers`));
  const names = new Set<string>();
  for (const [index, container] of [...containers.entries()]) {
    const at = `${field}.containers[${index}]`;
    const name = textAt(container, 'name');
    if (!name) errors.push(required(`${at}.name`));
    else if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (!textAt(container, 'image')) errors.push(required(`${at}.image`));
    for (const [position, variable] of listAt(container, 'env').entries()) {
      if (!textAt(variable, 'name')) errors.push(required(`${at}.env[${position}].name`));
    }
  }
  for (const [index, volume] of listAt(spec, 'volumes').entries()) {
    if (!textAt(volume, 'name')) errors.push(required(`${field}.volumes[${index}].name`));
  }
  const restartPolicy = textAt(spec, 'restartPolicy');
  const policies = ['Always', 'OnFailure', 'Never'];
  if (restartPolicy && !policies.includes(restartPolicy)) {
    errors.push(unsupported(`${field}.restartPolicy`, restartPolicy, policies));
  }
  return errors;
}

/** A workload's selector must be there, choose something, and choose its own template. */
export function validateSelectedTemplate(draft: unknown): FieldError[] {
  const selector = at(draft, 'spec', 'selector');
  const errors: FieldError[] = [];
  if (!isRecord(selector)) errors.push(required('spec.selector'));
  const labels = stringMapAt(draft, 'spec', 'template', 'metadata', 'labels');
  const chosen = stringMapAt(selector, 'matchLabels');
  if (isRecord(selector) && Object.keys(chosen).length === 0 && listAt(selector, 'matchExpressions').length === 0) {
    errors.push(invalidValue('spec.selector', selector, 'empty selector is invalid for deployment'));
  }
  if (Object.entries(chosen).some(([key, value]) => labels[key] !== value)) {
    errors.push(invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  return [...errors, ...validatePodSpec(at(draft, 'spec', 'template', 'spec'), 'spec.template.spec')];
}

export function validateReplicas(draft: unknown): FieldError[] {
  const replicas = at(draft, 'spec', 'replicas');
  if (typeof replicas === 'number' && replicas < 0) {
    return [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')];
  }
  return [];
}
