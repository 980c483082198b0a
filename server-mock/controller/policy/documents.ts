import { type Document, isMap, isNode, isPair, isScalar, LineCounter, parseAllDocuments, type Range } from 'yaml';
import type * as z from 'zod';
import { type PolicyDocument, policyDocument } from '../../../proxy-core/contract/policy.ts';
import { GatewayError } from '../errors.ts';
import { sayMissing } from '../missing-field.ts';

/** An alias may be used this often before the text is taken for a bomb. */
const maxAliases = 100;
/** More problems than this are counted, not listed. */
const maxProblems = 20;

/**
 * Reads Cluster, Role and Grant documents from a YAML stream (JSON is YAML too). Empty documents are skipped; unknown
 * fields, duplicate keys and two documents of one kind and name are errors.
 *
 * @param source a name for the text in messages, such as a file name
 * @throws {GatewayError} `POSTERN_POLICY_INVALID`; the message has one line per problem, which names the document, its
 *   kind and name, the field and the line: `policy.yaml:14: document 2 (Grant "x"), spec.subjects: must name …`
 */
export function parsePolicyDocuments(yaml: string, source = 'policy'): PolicyDocument[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(yaml, { lineCounter: lines });
  const problems: string[] = [];
  const found: PolicyDocument[] = [];
  const firstOf = new Map<string, number>();

  for (const [index, document] of (Array.isArray(parsed) ? parsed : []).entries()) {
    const lineAt = (offset: number | undefined) => lines.linePos(offset ?? document.range[0]).line;
    const report = (offset: number | undefined, who: string, what: string) =>
      problems.push(`${source}:${lineAt(offset)}: document ${index + 1}${who}${what}`);

    if (document.errors.length > 0) {
      for (const error of document.errors) report(error.pos[0], ': ', firstLine(error.message));
      continue;
    }
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: maxAliases });
    } catch (error) {
      report(undefined, ': ', error instanceof Error ? error.message : String(error));
      continue;
    }
    if (value === null || value === undefined) continue;

    const result = policyDocument.safeParse(value, sayMissing);
    const who = describeDocument(value);
    const wrong = result.success
      ? [...lostKeys(value), ...emptyChoices(result.data)]
      : result.error.issues.flatMap(flatten);
    for (const { path, message } of wrong) {
      const field = path.length === 0 ? '' : `, ${fieldPath(path)}`;
      report(offsetOf(document, path), `${who}${field}: `, message);
    }
    if (!result.success || wrong.length > 0) continue;
    const key = `${result.data.kind} "${result.data.metadata.name}"`;
    const first = firstOf.get(key);
    if (first !== undefined) {
      report(offsetOf(document, ['metadata', 'name']), `${who}, metadata.name: `, `is document ${first} already`);
      continue;
    }
    firstOf.set(key, index + 1);
    found.push(result.data);
  }

  if (problems.length > 0) throw invalid(problems);
  return found;
}

/**
 * Holds documents against all that would be in force: a grant must name a role that exists. A grant may name a cluster that
 * does not exist yet, since clusters come and go.
 *
 * @param documents what is being changed, or needs what is: others are no reason to refuse a change
 * @throws {GatewayError} `POSTERN_POLICY_INVALID`
 */
export function checkReferences(documents: readonly PolicyDocument[], inForce: readonly PolicyDocument[]): void {
  const roles = new Set(inForce.filter(({ kind }) => kind === 'Role').map(({ metadata }) => metadata.name));
  const problems = documents.flatMap((document) =>
    document.kind === 'Grant' && !roles.has(document.spec.role)
      ? [`Grant "${document.metadata.name}", spec.role: there is no role "${document.spec.role}"`]
      : [],
  );
  if (problems.length > 0) throw invalid(problems);
}

function invalid(problems: readonly string[]): GatewayError {
  const more = problems.length - maxProblems;
  const shown = more > 0 ? [...problems.slice(0, maxProblems), `and ${more} more`] : problems;
  return new GatewayError('POSTERN_POLICY_INVALID', shown.join('\n'));
}

interface Problem {
  path: PropertyKey[];
  message: string;
}

/** Unknown keys become one problem each, at the key itself. */
function flatten(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not a known field' }));
  }
  if (issue.code === 'invalid_union' && issue.path.at(-1) === 'kind') {
    return [{ path: issue.path, message: 'must be Cluster, Role or Grant' }];
  }
  return [{ path: issue.path, message: issue.message }];
}

/** zod drops a key of this name from a map of labels, and a selector without its label would take in every cluster. */
function lostKeys(value: unknown, path: PropertyKey[] = []): Problem[] {
  if (typeof value !== 'object' || value === null) return [];
  const here = Object.hasOwn(value, '__proto__')
    ? [{ path: [...path, '__proto__'], message: 'must be a Kubernetes label key' }]
    : [];
  const steps = Array.isArray(value) ? value.entries() : Object.entries(value);
  return [...here, ...[...steps].flatMap(([step, part]) => lostKeys(part, [...path, step]))];
}

/**
 * Values that an operator needs or takes no notice of: without its values, `NotIn` would take in every cluster.
 *
 * @see Kubernetes apimachinery, pkg/labels/selector.go (NewRequirement)
 */
function emptyChoices(document: PolicyDocument): Problem[] {
  if (document.kind !== 'Grant') return [];
  return (document.spec.clusters.matchExpressions ?? []).flatMap(({ operator, values = [] }, index) => {
    const needsValues = operator === 'In' || operator === 'NotIn';
    if (needsValues === values.length > 0) return [];
    const message = needsValues ? `must name at least one value with ${operator}` : `must be left out with ${operator}`;
    return [{ path: ['spec', 'clusters', 'matchExpressions', index, 'values'], message }];
  });
}

function describeDocument(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  const { kind, metadata } = value as { kind?: unknown; metadata?: { name?: unknown } };
  const name = typeof metadata === 'object' ? metadata?.name : undefined;
  const parts = [
    ...(typeof kind === 'string' ? [kind] : []),
    ...(typeof name === 'string' ? [JSON.stringify(name.slice(0, 100))] : []),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(' ')})`;
}

/** `spec.rules[0].verbs`, and `spec.clusters.matchLabels["a.b/c"]` where a key is no plain word. */
function fieldPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const key = String(part);
      if (!/^[A-Za-z0-9_-]+$/.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}

/** Where in the text a field stands: its key, or for a missing field the nearest thing around it that is there. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
      );
      if (pair && isNode(pair.key) && pair.key.range) return pair.key.range[0];
    }
    const node = document.getIn(path.slice(0, length), true);
    const range: Range | null | undefined = isNode(node) ? node.range : undefined;
    if (range) return range[0];
  }
  return isNode(document.contents) ? document.contents.range?.[0] : undefined;
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]!.replace(/ at line \d+, column \d+:?$/, '');
}
