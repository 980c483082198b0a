import { isRecord } from '../json.ts';
import { listStrategy } from './merge-keys.ts';
import { applyStrategicMerge } from './strategic-merge.ts';

/**
 * Server-side apply in a simple form: merges a configuration into an object, and removes what the same field manager
 * applied before and has left out now. Ownership by other managers is not tracked, so there are no conflicts.
 *
 * @param live the object, or undefined where apply creates it
 * @param before what this manager applied last, if anything
 */
export function applyConfiguration(live: unknown, before: unknown, configuration: Record<string, unknown>): unknown {
  const pruned = before === undefined ? live : removeDropped(live, before, configuration, '');
  return applyStrategicMerge(pruned ?? {}, configuration);
}

function removeDropped(live: unknown, before: unknown, now: unknown, field: string): unknown {
  if (isRecord(live) && isRecord(before)) {
    const result: Record<string, unknown> = { ...live };
    const kept = isRecord(now) ? now : {};
    for (const [key, applied] of Object.entries(before)) {
      if (!(key in result)) continue;
      const rest =
        holdsMore(result[key], applied) || key in kept
          ? removeDropped(result[key], applied, kept[key], key)
          : undefined;
      if (key in kept || identityFields.has(key) || !isEmpty(rest)) result[key] = rest ?? result[key];
      else delete result[key];
    }
    return result;
  }
  if (Array.isArray(live) && Array.isArray(before)) return removeDroppedElements(live, before, now, field);
  return live;
}

/** Whether others may own a part of a value, so that a manager that leaves it out gives up its own part only. */
function holdsMore(live: unknown, applied: unknown): boolean {
  return (isRecord(live) && isRecord(applied)) || (Array.isArray(live) && Array.isArray(applied));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined) return true;
  return Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0;
}

/** Never given up by leaving them out. */
const identityFields: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'name', 'namespace']);

function removeDroppedElements(live: unknown[], before: unknown[], now: unknown, field: string): unknown[] {
  const strategy = listStrategy(field, [...live, ...before]);
  const kept = Array.isArray(now) ? now : [];
  if (strategy.kind === 'set') return live.filter((value) => !before.includes(value) || kept.includes(value));
  // A list that is replaced whole belongs to its manager whole.
  if (strategy.kind !== 'merge') return now === undefined ? [] : live;
  const { key } = strategy;
  const find = (list: unknown[], element: unknown) =>
    list.find((candidate) => isRecord(candidate) && isRecord(element) && candidate[key] === element[key]);
  return live
    .filter((element) => find(before, element) === undefined || find(kept, element) !== undefined)
    .map((element) => removeDropped(element, find(before, element), find(kept, element), field));
}
