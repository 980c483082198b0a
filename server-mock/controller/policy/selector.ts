import type { ClusterDocument, ClusterSelector } from '../../../proxy-core/contract/policy.ts';

const noLabels: Readonly<Record<string, string>> = {};

/** A cluster as policy sees it. */
export interface ClusterFacts {
  name: string;
  labels: Readonly<Record<string, string>>;
}

export function clusterFacts({ metadata }: ClusterDocument): ClusterFacts {
  return { name: metadata.name, labels: metadata.labels ?? noLabels };
}

/**
 * Whether a grant's selector takes in a cluster: every part that is there must hold. `NotIn` also holds where the label
 * is absent, as in Kubernetes.
 *
 * @see Kubernetes apimachinery, pkg/labels/selector.go (Requirement.Matches)
 */
export function selectsCluster(selector: ClusterSelector, cluster: ClusterFacts): boolean {
  const { names, matchLabels, matchExpressions } = selector;
  if (names && !names.includes(cluster.name)) return false;
  if (matchLabels && !Object.entries(matchLabels).every(([key, value]) => labelOf(cluster, key) === value))
    return false;
  return (matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const label = labelOf(cluster, key);
    switch (operator) {
      case 'In':
        return label !== undefined && values.includes(label);
      case 'NotIn':
        return label === undefined || !values.includes(label);
      case 'Exists':
        return label !== undefined;
      case 'DoesNotExist':
        return label === undefined;
      default:
        return operator satisfies never;
    }
  });
}

function labelOf(cluster: ClusterFacts, key: string): string | undefined {
  return Object.hasOwn(cluster.labels, key) ? cluster.labels[key] : undefined;
}
