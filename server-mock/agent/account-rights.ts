import type { V1ClusterRole, V1ClusterRoleBinding, V1ObjectMeta, V1RoleBinding } from '@kubernetes/client-node';
import { type AccountRights, accountLabelKey, managedBy, managedByLabel } from './account-objects.ts';
import { isNamespaceAbsent, type KubernetesApi, kubernetesCall, unlessMissing } from './kubernetes-api.ts';

/** The roles and bindings of accounts as objects in the cluster. Every method throws `POSTERN_AGENT_KUBERNETES`. */
export class ClusterRights {
  readonly #api: KubernetesApi;
  readonly #clusterRoles: Kind<V1ClusterRole>;
  readonly #clusterRoleBindings: Kind<V1ClusterRoleBinding>;
  readonly #roleBindings: Kind<V1RoleBinding>;

  constructor(api: KubernetesApi) {
    const { rbac } = api;
    this.#api = api;
    this.#clusterRoles = kindOf('cluster role', {
      create: (body) => rbac.createClusterRole({ body }),
      remove: (name) => rbac.deleteClusterRole({ name }),
    });
    this.#clusterRoleBindings = kindOf('cluster role binding', {
      create: (body) => rbac.createClusterRoleBinding({ body }),
      remove: (name) => rbac.deleteClusterRoleBinding({ name }),
    });
    this.#roleBindings = kindOf('role binding', {
      create: (body, namespace) => rbac.createNamespacedRoleBinding({ namespace, body }),
      remove: (name, namespace) => rbac.deleteNamespacedRoleBinding({ name, namespace }),
    });
  }

  /** @param label of one account; undefined for those of all */
  async list(label?: string): Promise<AccountRights> {
    const labelSelector = `${managedByLabel}=${managedBy}${label === undefined ? '' : `,${accountLabelKey}=${label}`}`;
    return kubernetesCall('list the bindings of accounts', async () => {
      const [clusterRoles, clusterRoleBindings, roleBindings] = await Promise.all([
        this.#api.rbac.listClusterRole({ labelSelector }),
        this.#api.rbac.listClusterRoleBinding({ labelSelector }),
        this.#api.rbac.listRoleBindingForAllNamespaces({ labelSelector }),
      ]);
      return {
        clusterRoles: clusterRoles.items,
        clusterRoleBindings: clusterRoleBindings.items,
        roleBindings: roleBindings.items,
      };
    });
  }

  /**
   * Makes what is missing, remakes what differs (a binding's role cannot be changed), removes what is too much. A role is
   * for many clusters, and not each has all of its namespaces: those that are there are bound.
   *
   * @returns the namespaces that the cluster does not have; it throws where it has none of them
   */
  async match(present: AccountRights, wanted: AccountRights): Promise<string[]> {
    await matchKind(this.#clusterRoles, present.clusterRoles, wanted.clusterRoles, rulesOf);
    const absent: { namespace: string; error: unknown }[] = [];
    const whereThere: Kind<V1RoleBinding> = {
      ...this.#roleBindings,
      create: async (binding) => {
        await this.#roleBindings.create(binding).catch((error: unknown) => {
          if (!isNamespaceAbsent(error)) throw error;
          absent.push({ namespace: binding.metadata?.namespace ?? '', error });
        });
      },
    };
    await Promise.all([
      matchKind(this.#clusterRoleBindings, present.clusterRoleBindings, wanted.clusterRoleBindings, factsOf),
      matchKind(whereThere, present.roleBindings, wanted.roleBindings, factsOf),
    ]);
    if (absent.length > 0 && absent.length === wanted.roleBindings.length) throw absent[0]!.error;
    return absent.map(({ namespace }) => namespace);
  }

  /** Bindings first: a role without bindings gives nobody anything. */
  async remove({ clusterRoles, clusterRoleBindings, roleBindings }: AccountRights): Promise<void> {
    await Promise.all([
      ...clusterRoleBindings.map(this.#clusterRoleBindings.remove),
      ...roleBindings.map(this.#roleBindings.remove),
    ]);
    await Promise.all(clusterRoles.map(this.#clusterRoles.remove));
  }
}

interface KubernetesObject {
  metadata?: V1ObjectMeta;
}

interface Kind<Item> {
  create(item: Item): Promise<void>;
  remove(item: Item): Promise<void>;
}

function kindOf<Item extends KubernetesObject>(
  label: string,
  calls: {
    create(body: Item, namespace: string): Promise<unknown>;
    remove(name: string, namespace: string): Promise<unknown>;
  },
): Kind<Item> {
  const nameOf = ({ metadata }: Item) => metadata?.name ?? '';
  const namespaceOf = ({ metadata }: Item) => metadata?.namespace ?? '';
  return {
    create: async (item) => {
      await kubernetesCall(`create ${label} ${nameOf(item)}`, () => calls.create(item, namespaceOf(item)));
    },
    remove: async (item) => {
      await kubernetesCall(`delete ${label} ${nameOf(item)}`, () =>
        unlessMissing(calls.remove(nameOf(item), namespaceOf(item))),
      );
    },
  };
}

async function matchKind<Item extends KubernetesObject>(
  kind: Kind<Item>,
  present: readonly Item[],
  wanted: readonly Item[],
  factsOf: (item: Item) => unknown,
): Promise<void> {
  const key = ({ metadata }: Item) => `${metadata?.namespace ?? ''}/${metadata?.name}`;
  const kept = new Set<string>();
  for (const item of present) {
    const goal = wanted.find((other) => key(other) === key(item));
    if (goal && canonical(factsOf(goal)) === canonical(factsOf(item))) kept.add(key(item));
    else await kind.remove(item);
  }
  await Promise.all(wanted.filter((item) => !kept.has(key(item))).map((item) => kind.create(item)));
}

function rulesOf(role: V1ClusterRole): unknown {
  return role.rules ?? [];
}

function factsOf({ roleRef, subjects = [] }: V1ClusterRoleBinding | V1RoleBinding): unknown {
  return [roleRef.kind, roleRef.name, subjects.map(({ kind, name, namespace }) => [kind, name, namespace ?? ''])];
}

/** Equal for equal values whatever the order of their keys; the API server leaves out what is empty. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(
          Object.entries(part)
            .filter(([, entry]) => entry !== undefined && !(Array.isArray(entry) && entry.length === 0))
            .sort(([first], [second]) => (first < second ? -1 : 1)),
        )
      : part,
  );
}
