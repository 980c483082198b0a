import { matchesLabelSelector } from '../api/selectors.ts';
import { listAt } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import type { ObjectStore } from '../store.ts';
import { clusterRoles } from './rbac-authorizer.ts';

/**
 * Keeps the rules of ClusterRoles with an aggregationRule equal to those of the roles they select.
 *
 * @returns its own undo
 * @see pkg/controller/clusterroleaggregation (v1.33)
 */
export function aggregateClusterRoles(store: ObjectStore): () => void {
  let aggregating = false;
  const aggregate = () => {
    // Our own writes come back through the watch; the loop below already runs until nothing changes.
    if (aggregating) return;
    aggregating = true;
    try {
      while (aggregateOnce(store));
    } finally {
      aggregating = false;
    }
  };
  aggregate();
  return store.watch(clusterRoles, aggregate);
}

/** Aggregated roles may feed others (view → edit → admin), so one pass may change what the next one reads. */
function aggregateOnce(store: ObjectStore): boolean {
  let changed = false;
  for (const role of store.list(clusterRoles)) {
    const selectors = listAt(role, 'aggregationRule', 'clusterRoleSelectors');
    if (selectors.length === 0) continue;
    const rules = unique(
      store
        .list(clusterRoles)
        .filter((other) => other.metadata.name !== role.metadata.name && isSelected(other, selectors))
        .flatMap((other) => listAt(other, 'rules')),
    );
    if (JSON.stringify(rules) === JSON.stringify(role.rules)) continue;
    store.modify(clusterRoles, '', role.metadata.name, (draft) => {
      draft.rules = rules;
    });
    changed = true;
  }
  return changed;
}

function isSelected(role: KubeObject, selectors: unknown[]): boolean {
  return selectors.some((selector) => matchesLabelSelector(selector, role.metadata.labels ?? {}));
}

function unique(rules: unknown[]): unknown[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}
