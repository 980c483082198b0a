import type { ContextEntry } from './types.ts';

/** `<org>/<cluster>`, or `<org>/<cluster>+<role>` where the role is not the cluster's default. */
export function contextName(organisation: string, entry: Pick<ContextEntry, 'cluster' | 'role' | 'isDefault'>): string {
  const name = `${organisation}/${entry.cluster}`;
  return entry.isDefault ? name : `${name}+${entry.role}`;
}
