import { listAt, stringMapAt, textAt, textsAt } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import type { ResourceDefinition } from '../resources/definition.ts';
import { badRequest } from '../status.ts';

export type Selector = (object: KubeObject) => boolean;

type Requirement = (labels: Readonly<Record<string, string>>) => boolean;

const keyForm = '[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?';
const setForm = new RegExp(`^(${keyForm})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const compareForm = new RegExp(`^(${keyForm})\\s*(=|==|!=|>|<)\\s*([^=!<>()]*)$`);
const existsForm = new RegExp(`^(!?)\\s*(${keyForm})$`);

/**
 * Reads `app=web,tier in (a,b),!legacy`.
 *
 * @throws {StatusError} 400
 * @see apimachinery/pkg/labels/selector.go (v1.33)
 */
export function parseLabelSelector(text: string): (labels: Readonly<Record<string, string>>) => boolean {
  const requirements = splitTerms(text).map((term) => parseRequirement(term, text));
  return (labels) => requirements.every((requirement) => requirement(labels));
}

/** Splits at the commas outside of parentheses. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let depth = 0;
  let term = '';
  for (const character of text) {
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (character === ',' && depth === 0) {
      terms.push(term);
      term = '';
    } else {
      term += character;
    }
  }
  terms.push(term);
  return terms.map((each) => each.trim()).filter((each) => each !== '');
}

function parseRequirement(term: string, whole: string): Requirement {
  const set = setForm.exec(term);
  if (set) {
    const [, key = '', , operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    return operator === 'in'
      ? (labels) => labels[key] !== undefined && values.has(labels[key])
      : (labels) => labels[key] === undefined || !values.has(labels[key]);
  }
  const comparison = compareForm.exec(term);
  if (comparison) {
    const [, key = '', , operator, raw = ''] = comparison;
    const value = raw.trim();
    switch (operator) {
      case '!=':
        return (labels) => labels[key] !== value;
      case '>':
        return (labels) => labels[key] !== undefined && Number(labels[key]) > Number(value);
      case '<':
        return (labels) => labels[key] !== undefined && Number(labels[key]) < Number(value);
      default:
        return (labels) => labels[key] === value;
    }
  }
  const existence = existsForm.exec(term);
  if (existence) {
    const [, negated, key = ''] = existence;
    return negated ? (labels) => labels[key] === undefined : (labels) => labels[key] !== undefined;
  }
  throw badRequest(`unable to parse requirement: found '${term}' in label selector "${whole}"`);
}

/** A `metav1.LabelSelector`, as workloads and aggregation rules carry it. An empty one matches everything. */
export function matchesLabelSelector(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  for (const [key, value] of Object.entries(stringMapAt(selector, 'matchLabels'))) {
    if (labels[key] !== value) return false;
  }
  return listAt(selector, 'matchExpressions').every((expression) => {
    const value = labels[textAt(expression, 'key')];
    const values = textsAt(expression, 'values');
    switch (textAt(expression, 'operator')) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        return false;
    }
  });
}

/**
 * Both selectors of a list, watch or deletecollection, over stored objects.
 *
 * @throws {StatusError} 400 for one that cannot be read or names a field the resource does not offer
 */
export function parseSelectors(definition: ResourceDefinition, query: URLSearchParams): Selector | undefined {
  const labelText = query.get('labelSelector') ?? '';
  const fieldText = query.get('fieldSelector') ?? '';
  if (labelText === '' && fieldText === '') return undefined;
  const labels = parseLabelSelector(labelText);
  const fields = parseFieldSelector(definition, fieldText);
  return (object) => labels(object.metadata.labels ?? {}) && fields.every((matches) => matches(object));
}

function parseFieldSelector(definition: ResourceDefinition, text: string): Selector[] {
  return splitFieldTerms(text).map((term) => {
    const parsed = /^([^=!]+)(==|=|!=)(.*)$/s.exec(term);
    if (!parsed) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = '', operator, raw = ''] = parsed;
    const value = raw.replace(/\\([\\,=])/g, '$1');
    const read = fieldReader(definition, field);
    return operator === '!=' ? (object) => read(object) !== value : (object) => read(object) === value;
  });
}

/** Commas, equals signs and backslashes in values are escaped by a backslash. */
function splitFieldTerms(text: string): string[] {
  return (text.match(/(\\.|[^,\\])+/gs) ?? []).filter((term) => term !== '');
}

function fieldReader(definition: ResourceDefinition, field: string): (object: KubeObject) => string {
  if (field === 'metadata.name') return (object) => object.metadata.name;
  if (field === 'metadata.namespace') return (object) => object.metadata.namespace ?? '';
  const read = Object.hasOwn(definition.fields, field) ? definition.fields[field] : undefined;
  if (!read) throw badRequest(`field label not supported: ${field}`);
  return read;
}
