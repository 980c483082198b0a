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
      if (key in kept) result[key] = removeDropped(result[key], applied, kept[key], key);
      else if (!identityFields.has(key)) delete result[key];
    }
    return result;
  }
  if (Array.isArray(live) && Array.isArray(before)) return removeDroppedElements(live, before, now, field);
  return live;
}

/** Never given up by leaving them out. */
const identityFields: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'name', 'namespace']);

function removeDroppedElements(live: unknown[], before: unknown[], now: unknown, field: string): unknown[] {
  const strategy = listStrategy(field, [...live, ...before]);
  const kept = Array.isArray(now) ? now : [];
  if (strategy.kind === 'set') return live.filter((value) => !before.includes(value) || kept.includes(value));
  if (strategy.kind !== 'merge') return live;
  const { key } = strategy;
  const find = (list: unknown[], element: unknown) =>
    list.find((candidate) => isRecord(candidate) && isRecord(element) && candidate[key] === element[key]);
  return live
    .filter((element) => find(before, element) === undefined || find(kept, element) !== undefined)
    .map((element) => removeDropped(element, find(before, element), find(kept, element), field));
}
