import type { PolicyKind } from '../../../contract/policy.ts';

const words = {
  cluster: 'Cluster',
  clusters: 'Cluster',
  role: 'Role',
  roles: 'Role',
  grant: 'Grant',
  grants: 'Grant',
} as const satisfies Record<string, PolicyKind>;

/** How kinds are written on the command line. */
export const policyKindWords = Object.keys(words);

export function policyKindOf(word: string): PolicyKind {
  return words[word as keyof typeof words];
}
