import { isRecord } from '../json.ts';
import { badRequest } from '../status.ts';
import { listStrategy } from './merge-keys.ts';

const setOrderPrefix = '$setElementOrder/';
const deletePrefix = '$deleteFromPrimitiveList/';
const retainKeys = '$retainKeys';

/**
 * Applies a strategic merge patch to a copy: maps are merged, lists by their merge key, with the directives `$patch`
 * (`delete`, `replace`, `merge`), `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…`.
 *
 * @throws {StatusError} 400 for directives that make no sense
 * @see apimachinery/pkg/util/strategicpatch (v1.33); contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
export function applyStrategicMerge(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) throw badRequest('error decoding patch: a strategic merge patch is an object');
  return mergeRecords(isRecord(target) ? target : {}, patch);
}

function mergeRecords(target: Record<string, unknown>, patch: Record<string, unknown>): Record<string, unknown> {
  if (patch.$patch === 'replace') return withoutDirectives(patch);
  if (patch.$patch === 'delete') return {};
  if (patch.$patch !== undefined && patch.$patch !== 'merge') {
    throw badRequest(`Unknown patch type found: ${String(patch.$patch)}`);
  }
  const result: Record<string, unknown> = { ...target };
  keepOnly(result, patch[retainKeys]);
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(deletePrefix)) removeValues(result, key.slice(deletePrefix.length), value);
    if (key.startsWith('$')) continue;
    if (value === null) delete result[key];
    else if (isRecord(value)) result[key] = mergeRecords(isRecord(result[key]) ? result[key] : {}, value);
    else if (Array.isArray(value)) result[key] = mergeLists(key, result[key], value);
    else result[key] = value;
  }
  for (const [key, order] of Object.entries(patch)) {
    if (key.startsWith(setOrderPrefix)) reorder(result, key.slice(setOrderPrefix.length), order);
  }
  return result;
}

function keepOnly(result: Record<string, unknown>, keys: unknown): void {
  if (!Array.isArray(keys)) return;
  for (const key of Object.keys(result)) if (!keys.includes(key)) delete result[key];
}

function removeValues(result: Record<string, unknown>, field: string, values: unknown): void {
  const present = result[field];
  if (Array.isArray(present) && Array.isArray(values)) {
    result[field] = present.filter((value) => !values.includes(value));
  }
}

function mergeLists(field: string, target: unknown, patch: unknown[]): unknown[] {
  const present = Array.isArray(target) ? target : [];
  if (patch.some((element) => isRecord(element) && element.$patch === 'replace')) {
    return patch.filter((element) => !(isRecord(element) && element.$patch === 'replace')).map(withoutNested);
  }
  const strategy = listStrategy(field, [...present, ...patch]);
  switch (strategy.kind) {
    case 'replace':
      return patch.map(withoutNested);
    case 'set':
      return [...present, ...patch.filter((value) => !present.includes(value))];
    case 'merge':
      return mergeByKey(present, patch, strategy.key);
    default:
      return strategy satisfies never;
  }
}

function mergeByKey(present: unknown[], patch: unknown[], key: string): unknown[] {
  const result = [...present];
  for (const element of patch) {
    if (!isRecord(element)) throw badRequest('a list that is merged by key holds an element that is not an object');
    const identity = element[key];
    if (identity === undefined)
      throw badRequest(`map: ${JSON.stringify(element)} does not contain declared merge key: ${key}`);
    const index = result.findIndex((candidate) => isRecord(candidate) && candidate[key] === identity);
    if (element.$patch === 'delete') {
      if (index !== -1) result.splice(index, 1);
    } else if (index === -1) {
      result.push(mergeRecords({}, element));
    } else {
      result[index] = mergeRecords(result[index] as Record<string, unknown>, element);
    }
  }
  return result;
}

/** Puts the list into the order the patch names; elements it does not name keep their place at the end. */
function reorder(result: Record<string, unknown>, field: string, order: unknown): void {
  const present = result[field];
  if (!Array.isArray(present) || !Array.isArray(order)) return;
  const strategy = listStrategy(field, present);
  const identity = (element: unknown) =>
    strategy.kind === 'merge' && isRecord(element) ? element[strategy.key] : element;
  const ranks = new Map(order.map((element, index) => [identity(element), index]));
  const rank = (element: unknown) => ranks.get(identity(element)) ?? Number.MAX_SAFE_INTEGER;
  result[field] = [...present].sort((a, b) => rank(a) - rank(b));
}

function withoutNested(value: unknown): unknown {
  return isRecord(value) ? withoutDirectives(value) : structuredClone(value);
}

/** A value that is taken whole: its own directives go, and nulls in it delete nothing. */
function withoutDirectives(patch: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(patch)
      .filter(([key, value]) => !key.startsWith('$') && value !== null)
      .map(([key, value]) => [key, Array.isArray(value) ? value.map(withoutNested) : withoutNested(value)]),
  );
}
