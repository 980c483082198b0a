/** Reads of untyped JSON that never throw: a wrong type reads as absent. */

export function at(value: unknown, ...path: (string | number)[]): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}

export function textAt(value: unknown, ...path: (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

export function numberAt(value: unknown, ...path: (string | number)[]): number {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : 0;
}

export function listAt(value: unknown, ...path: (string | number)[]): unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function textsAt(value: unknown, ...path: (string | number)[]): string[] {
  return listAt(value, ...path).filter((item) => typeof item === 'string');
}

export function recordAt(value: unknown, ...path: (string | number)[]): Record<string, unknown> {
  const found = at(value, ...path);
  return isRecord(found) ? found : {};
}

export function stringMapAt(value: unknown, ...path: (string | number)[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(recordAt(value, ...path)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The record at `field`, made where there is none: for defaulting a draft. */
export function ensureRecord(draft: Record<string, unknown>, field: string): Record<string, unknown> {
  const present = draft[field];
  if (isRecord(present)) return present;
  const made: Record<string, unknown> = {};
  draft[field] = made;
  return made;
}

/** Sets the fields that a draft leaves out. */
export function applyDefaults(draft: Record<string, unknown>, defaults: Record<string, unknown>): void {
  for (const [field, value] of Object.entries(defaults)) {
    if (draft[field] === undefined || draft[field] === null) draft[field] = structuredClone(value);
  }
}
