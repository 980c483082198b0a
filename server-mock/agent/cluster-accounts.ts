import { PatchStrategy, setHeaderOptions, type V1ServiceAccount } from '@kubernetes/client-node';
import { accountLabel } from './account-name.ts';
import {
  type AccountSpec,
  type AccountUsage,
  accountLabelKey,
  accountNamespace,
  expiresAnnotation,
  idleTimeoutAnnotation,
  lastUseAnnotation,
  managedBy,
  managedByLabel,
  noRights,
  rightsOf,
  roleAnnotation,
  serviceAccountOf,
  sessionAnnotation,
  sessionLabel,
  usageAnnotations,
  userAnnotation,
} from './account-objects.ts';
import { ClusterRights } from './account-rights.ts';
import { AgentError } from './errors.ts';
import { type KubernetesApi, kubernetesCall, statusOf, unlessMissing } from './kubernetes-api.ts';

/** An account as it stands in the cluster, by its annotations. One whose annotations cannot be read counts as long unused. */
export interface StoredAccount extends AccountUsage {
  name: string;
  label: string;
}

export interface AccountToken {
  token: string;
  expiresAtMs: number;
}

/** Kubernetes' own default; the API server may shorten it. */
const tokenLifetimeS = 3600;

/** Just-in-time accounts as objects in the cluster. Every method throws `POSTERN_AGENT_KUBERNETES`. */
export class ClusterAccounts {
  readonly #api: KubernetesApi;
  readonly #rights: ClusterRights;

  constructor(api: KubernetesApi) {
    this.#api = api;
    this.#rights = new ClusterRights(api);
  }

  /**
   * Makes the account and its rights what `spec` says, whatever stood there. The account comes first and goes last, so
   * that no binding is ever without one. An account of that name for another user or role is remade, so that no token
   * given for it gains these rights. Somebody else's object of that name is left alone and is an error.
   *
   * @returns the role's namespaces that the cluster does not have
   */
  async reconcile(spec: AccountSpec): Promise<string[]> {
    try {
      return await this.#reconcileOnce(spec);
    } catch (error) {
      // Another agent of the same cluster was faster.
      if (statusOf(error) !== 409) throw error;
      return await this.#reconcileOnce(spec);
    }
  }

  async #reconcileOnce(spec: AccountSpec): Promise<string[]> {
    const [existing, present] = await Promise.all([this.#read(spec.name), this.#rights.list(accountLabel(spec.name))]);
    if (existing && !isOurs(existing)) {
      throw new AgentError(
        'POSTERN_AGENT_KUBERNETES',
        `service account ${accountNamespace}/${spec.name} is there already and is not Postern’s`,
        { hint: 'rename or delete it' },
      );
    }
    const annotations = existing?.metadata?.annotations;
    if (existing && annotations?.[userAnnotation] === spec.user && annotations[roleAnnotation] === spec.role) {
      await this.touch(spec);
      return this.#rights.match(present, rightsOf(spec));
    }
    if (existing) await this.remove(spec.name);
    else await this.#rights.remove(present);
    await this.#create(spec);
    return this.#rights.match(noRights, rightsOf(spec));
  }

  /** Takes away an account and all its rights; fine where there are none, or where the account is somebody else's. */
  async remove(name: string): Promise<void> {
    const [existing, rights] = await Promise.all([this.#read(name), this.#rights.list(accountLabel(name))]);
    await this.#rights.remove(rights);
    if (!existing || !isOurs(existing)) return;
    await kubernetesCall(`delete service account ${name}`, () =>
      unlessMissing(
        this.#api.core.deleteNamespacedServiceAccount({
          name,
          namespace: accountNamespace,
          body: { preconditions: { uid: existing.metadata?.uid } },
        }),
      ),
    );
  }

  /** Every account that an agent of this cluster made. */
  async list(): Promise<StoredAccount[]> {
    const { items } = await kubernetesCall('list service accounts', () =>
      this.#api.core.listNamespacedServiceAccount({
        namespace: accountNamespace,
        labelSelector: `${managedByLabel}=${managedBy}`,
      }),
    );
    return items.map(storedAccount);
  }

  /** Takes away bindings and roles whose account is gone, as an interrupted deletion leaves them. @returns their names */
  async removeLeftovers(): Promise<string[]> {
    // In this order: an account is made before its rights, so rights seen now whose account is not seen later have none.
    const rights = await this.#rights.list();
    const accounts = new Set((await this.list()).map(({ label }) => label));
    const isLeft = ({ metadata }: V1ServiceAccount) => !accounts.has(metadata?.labels?.[accountLabelKey] ?? '');
    const left = {
      clusterRoles: rights.clusterRoles.filter(isLeft),
      clusterRoleBindings: rights.clusterRoleBindings.filter(isLeft),
      roleBindings: rights.roleBindings.filter(isLeft),
    };
    await this.#rights.remove(left);
    return Object.values(left).flatMap((objects) => objects.map(({ metadata }) => metadata?.name ?? ''));
  }

  /** Writes down when and by which session the account was last used. */
  async touch(account: { name: string } & AccountUsage): Promise<void> {
    const labels = { [sessionLabel]: account.sessionId };
    await kubernetesCall(`annotate service account ${account.name}`, () =>
      this.#api.core.patchNamespacedServiceAccount(
        {
          name: account.name,
          namespace: accountNamespace,
          body: { metadata: { labels, annotations: usageAnnotations(account) } },
        },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
      ),
    );
  }

  async requestToken(namespace: string, name: string): Promise<AccountToken> {
    const { status } = await kubernetesCall(`request a token of service account ${namespace}/${name}`, () =>
      this.#api.core.createNamespacedServiceAccountToken({
        namespace,
        name,
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          // No audience means the API server's own.
          spec: { audiences: [], expirationSeconds: tokenLifetimeS },
        },
      }),
    );
    if (!status?.token || !status.expirationTimestamp) {
      throw new AgentError('POSTERN_AGENT_KUBERNETES', `the token of ${namespace}/${name} came back empty`);
    }
    return { token: status.token, expiresAtMs: status.expirationTimestamp.getTime() };
  }

  async #read(name: string): Promise<V1ServiceAccount | undefined> {
    return kubernetesCall(`read service account ${name}`, () =>
      unlessMissing(this.#api.core.readNamespacedServiceAccount({ name, namespace: accountNamespace })),
    );
  }

  async #create(spec: AccountSpec): Promise<void> {
    const create = () =>
      this.#api.core.createNamespacedServiceAccount({ namespace: accountNamespace, body: serviceAccountOf(spec) });
    await kubernetesCall(`create service account ${spec.name}`, async () => {
      try {
        await create();
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
        await this.#createNamespace();
        await create();
      }
    });
  }

  async #createNamespace(): Promise<void> {
    try {
      await this.#api.core.createNamespace({
        body: { metadata: { name: accountNamespace, labels: { [managedByLabel]: managedBy } } },
      });
    } catch (error) {
      if (statusOf(error) !== 409) throw error;
    }
  }
}

function isOurs({ metadata }: V1ServiceAccount): boolean {
  return metadata?.labels?.[managedByLabel] === managedBy;
}

function storedAccount({ metadata }: V1ServiceAccount): StoredAccount {
  const annotations = metadata?.annotations ?? {};
  const time = (key: string) => Date.parse(annotations[key] ?? '') || 0;
  return {
    name: metadata?.name ?? '',
    label: metadata?.labels?.[accountLabelKey] ?? '',
    sessionId: annotations[sessionAnnotation] ?? '',
    lastUseMs: time(lastUseAnnotation),
    expiresAtMs: annotations[expiresAnnotation] === 'never' ? null : time(expiresAnnotation),
    idleTimeoutMs: Number(annotations[idleTimeoutAnnotation]) || 0,
  };
}
