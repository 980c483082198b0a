import type { OfferedCluster } from '../../../proxy-core/contract/app.ts';

/** Every word must be found: in the name, the display name, a label (`env=prod`), the status or a role. */
export function filterClusters(clusters: OfferedCluster[], filter: string): OfferedCluster[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return clusters;
  return clusters.filter((cluster) => {
    const text = [
      cluster.name,
      cluster.displayName,
      cluster.status,
      ...Object.entries(cluster.labels).map(([key, value]) => `${key}=${value}`),
      ...cluster.roles.map(({ role }) => role),
    ]
      .join('\n')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
