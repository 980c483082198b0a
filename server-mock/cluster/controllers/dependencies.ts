import type { ObjectDeletion } from '../api/deletion.ts';
import type { ObjectWriter } from '../api/write.ts';
import { privilegedGroup } from '../authorization/rbac-authorizer.ts';
import type { Clock } from '../clock.ts';
import type { Registry } from '../resources/registry.ts';
import type { ObjectStore } from '../store.ts';

/** What the controllers work with. */
export interface ControllerDependencies {
  store: ObjectStore;
  registry: Registry;
  writer: ObjectWriter;
  deletion: ObjectDeletion;
  clock: Clock;
  random: () => number;
  onError: (error: unknown) => void;
}

/** Controllers write in their own name, with every right. */
export const controllerWrites = {
  user: { name: 'system:kube-controller-manager', groups: [privilegedGroup] },
  dryRun: false,
} as const;

/** How controllers delete: as `kubectl delete` does. */
export const backgroundDeletion = { propagation: 'Background', preconditions: {}, dryRun: false } as const;

/** How a reconciliation went. `incomplete`: something was refused that may be granted later. */
export type Reconciled = 'done' | 'incomplete';
