import type { V1PolicyRule, V1SelfSubjectAccessReviewSpec } from '@kubernetes/client-node';
import type { RoleSpec } from '../../proxy-core/contract/policy.ts';
import type { Clock } from '../../proxy-core/tunnel/index.ts';
import { clusterRules } from './account-objects.ts';
import { type KubernetesApi, kubernetesCall, statusOf, unlessMissing } from './kubernetes-api.ts';

/** An API server takes in a new binding within milliseconds; one that takes longer than this is not waited for. */
const patienceMs = 3_000;
const firstPauseMs = 10;

/**
 * Waits until the API server lets a new account do what its role says. kube-apiserver decides by a cache of the bindings
 * that lags behind by some milliseconds, and without waiting the very first request of a session would be refused.
 *
 * @throws {AgentError} `POSTERN_AGENT_KUBERNETES`
 */
export async function waitUntilEffective(
  api: KubernetesApi,
  clock: Clock,
  token: string,
  role: RoleSpec,
): Promise<void> {
  const rules = await rulesOfRole(api, role);
  const question = rules.map((rule) => questionFor(rule, role.namespaces?.at(-1))).find((spec) => spec !== undefined);
  if (!question) return;
  const reviews = api.accessReviewsWith(token);
  const giveUpAt = clock.now() + patienceMs;
  for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
    const isAllowed = await kubernetesCall('ask what a new account may do', async () => {
      try {
        const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: question };
        return (await reviews.createSelfSubjectAccessReview({ body })).status?.allowed === true;
      } catch (error) {
        // The account itself is not known yet either, or may not ask: then the request will show.
        if (statusOf(error) === 401) return false;
        if (statusOf(error) === 403) return true;
        throw error;
      }
    });
    if (isAllowed || clock.now() + pauseMs > giveUpAt) return;
    await new Promise<void>((resolve) => clock.setTimeout(resolve, pauseMs));
  }
}

async function rulesOfRole(api: KubernetesApi, { clusterRole, rules }: RoleSpec): Promise<V1PolicyRule[]> {
  if (rules) return clusterRules(rules);
  if (clusterRole === undefined) return [];
  const found = await kubernetesCall(`read cluster role ${clusterRole}`, () =>
    unlessMissing(api.rbac.readClusterRole({ name: clusterRole })),
  );
  return found?.rules ?? [];
}

/** Something that exactly this rule allows. */
function questionFor(rule: V1PolicyRule, namespace: string | undefined): V1SelfSubjectAccessReviewSpec | undefined {
  const verb = rule.verbs[0];
  const [resource, subresource] = rule.resources?.[0]?.split('/') ?? [];
  if (verb === undefined) return undefined;
  if (resource !== undefined) {
    const [group, name] = [rule.apiGroups?.[0], rule.resourceNames?.[0]];
    return { resourceAttributes: { verb, group, resource, subresource, name, namespace } };
  }
  const path = rule.nonResourceURLs?.[0];
  return path === undefined || namespace !== undefined ? undefined : { nonResourceAttributes: { verb, path } };
}
