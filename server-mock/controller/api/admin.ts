import type { InferContractRouterOutputs } from '@orpc/contract';
import type { adminContract } from '../../../proxy-core/contract/controller.ts';
import { type ClusterAdministration, importCluster, listClusters, removeCluster } from '../cluster-administration.ts';
import { type RevocationDependencies, restore, revoke } from '../revocation.ts';
import type { AuditLog } from '../store/audit-log.ts';
import { findPerson } from '../store/devices.ts';
import { listSessions } from '../store/session-records.ts';
import { os } from './builder.ts';
import { type ApiContext, administratorOf } from './context.ts';

export type AdminResult<Procedure extends keyof typeof adminContract> = InferContractRouterOutputs<
  typeof adminContract
>[Procedure];

export interface AdministrationDependencies extends RevocationDependencies {
  audit: AuditLog;
  clusters: ClusterAdministration;
}

/** The administrators' half. Every procedure asks first whether the caller is one. */
export function administration(dependencies: AdministrationDependencies) {
  const { policy, devices, sessions, store, audit, list, clusters } = dependencies;
  const ownDevice = (context: ApiContext) => administratorOf(context, devices).device;
  const administrator = (context: ApiContext) => ownDevice(context).person.name;

  return {
    apply: os.admin.apply.handler(async ({ context, input }) => ({
      results: await policy.apply(input.yaml, administrator(context), input.dryRun ? 'dry-run' : 'apply'),
    })),

    get: os.admin.get.handler(({ context, input }) => {
      administrator(context);
      const { kind, name } = input;
      const documents = policy.documents.filter(
        ({ document }) =>
          (kind ?? document.kind) === document.kind && (name ?? document.metadata.name) === document.metadata.name,
      );
      return { documents };
    }),

    delete: os.admin.delete.handler(async ({ context, input }) => {
      const by = administrator(context);
      if (input.kind === 'Cluster') await removeCluster(input.name, by, clusters);
      else await policy.delete(input.kind, input.name, by);
      return { deleted: true as const };
    }),

    clusters: {
      list: os.admin.clusters.list.handler(({ context }) => {
        administrator(context);
        return { clusters: listClusters(clusters) };
      }),

      import: os.admin.clusters.import.handler(({ context, input }) =>
        importCluster(input, administrator(context), clusters),
      ),

      remove: os.admin.clusters.remove.handler(async ({ context, input }) => {
        await removeCluster(input.name, administrator(context), clusters);
        return { removed: true as const };
      }),
    },

    revoke: os.admin.revoke.handler(async ({ context, input }) => ({
      endedSessions: await revoke(input, ownDevice(context), dependencies),
      isKnown: input.kind !== 'user' || (await findPerson(dependencies.store, input.name)) !== undefined,
    })),

    restore: os.admin.restore.handler(async ({ context, input }) => {
      return { restored: await restore(input, administrator(context), dependencies) };
    }),

    revocations: os.admin.revocations.handler(({ context }) => {
      administrator(context);
      return { revocations: list.all() };
    }),

    sessions: os.admin.sessions.handler(async ({ context, input }) => {
      administrator(context);
      const page = await listSessions(store, input);
      return { ...page, sessions: page.sessions.map((record) => sessions.get(record.id)?.record ?? record) };
    }),

    audit: os.admin.audit.handler(({ context, input }) => {
      administrator(context);
      return audit.list(input);
    }),
  };
}
