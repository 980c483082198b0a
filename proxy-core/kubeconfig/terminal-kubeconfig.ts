import { stringify } from 'yaml';
import { entryLists, type NamedEntry, ownEntries } from './entries.ts';
import type { KubeconfigLease } from './types.ts';

/**
 * The kubeconfig of one in-app terminal: every context of the lease, with the terminal's own token, starting in
 * `currentContext`. kubectl may change it as it likes; it goes with the terminal.
 */
export function terminalKubeconfig(lease: KubeconfigLease, currentContext: string, installation: string): string {
  const { clusters, users, contexts } = ownEntries(lease, installation);
  const list = (key: keyof typeof entryLists, entries: NamedEntry[]) =>
    entries.map(({ name, content }) => ({ name, [entryLists[key]]: content }));
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: list('clusters', clusters),
      users: list('users', users),
      contexts: list('contexts', contexts),
      'current-context': currentContext,
    },
    // YAML 1.1 is what Kubernetes' reader knows: `on` and `1_000` must come quoted.
    { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false },
  );
}
