import { announce } from '../elements/Announcements.tsx';
import { busyKey, setBusy } from '../stores/connections.ts';
import type { Stores } from '../stores/stores.ts';
import { showError } from './show-error.ts';

export async function disconnectCluster(
  { bridge, connections }: Stores,
  cluster: string,
  role: string,
): Promise<boolean> {
  const done = setBusy(connections, busyKey('disconnect', cluster));
  try {
    await bridge.clusters.disconnect({ cluster, role });
    announce(`Disconnected from ${cluster}`);
    return true;
  } catch (error) {
    showError(error);
    return false;
  } finally {
    done();
  }
}
