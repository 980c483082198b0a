import type { CoreClient } from './core-client.ts';
import { parseDeepLink } from './deep-link.ts';

interface DeepLinkSurroundings {
  client: CoreClient | undefined;
  openWindow(): void;
  /** @returns whether the person agrees */
  confirm(question: string): Promise<boolean>;
  onRejected(reason: string): void;
}

/**
 * Follows an address that another program handed over. Any web page can do that, so the window is shown and the person asked
 * before anything is connected.
 *
 * @throws what the core answers where it refuses
 */
export async function openDeepLink(raw: string, around: DeepLinkSurroundings): Promise<void> {
  around.openWindow();
  const link = parseDeepLink(raw);
  switch (link.kind) {
    case 'rejected':
      return around.onRejected(link.reason);
    case 'connect': {
      const as = link.role === null ? '' : ` as ${link.role}`;
      if (!around.client || !(await around.confirm(`Connect to cluster ${link.cluster}${as}?`))) return;
      await around.client.clusters.connect({
        cluster: link.cluster,
        ...(link.role === null ? {} : { role: link.role }),
      });
      return;
    }
    default:
      link satisfies never;
  }
}
