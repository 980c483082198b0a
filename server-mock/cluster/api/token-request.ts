import { requestedAudiences, type ServiceAccountTokens } from '../authentication/service-account-tokens.ts';
import { kubernetesTime } from '../clock.ts';
import { at, recordAt, textAt } from '../json.ts';
import { conflict, invalid, notFound } from '../status.ts';
import type { ObjectStore } from '../store.ts';

const accounts = { resource: 'serviceaccounts', group: '' };
const defaultSeconds = 3600;
const minimumSeconds = 600;
const maximumSeconds = 2 ** 32;

/**
 * `POST …/serviceaccounts/NAME/token`
 *
 * @throws {StatusError} 404, 409, 422
 * @see pkg/registry/core/serviceaccount/storage/token.go (v1.33)
 */
export async function requestToken(
  store: Pick<ObjectStore, 'get'>,
  tokens: Pick<ServiceAccountTokens, 'issue'>,
  namespace: string,
  name: string,
  body: unknown,
): Promise<object> {
  const account = store.get('serviceaccounts', namespace, name);
  if (!account) throw notFound(accounts, name);
  const audiences = requestedAudiences(body);
  const expirationSeconds = readExpiration(name, at(body, 'spec', 'expirationSeconds'));
  const boundPod = readBoundPod(store, namespace, body);
  const issued = await tokens.issue(account, { audiences, expirationSeconds, ...(boundPod ? { boundPod } : {}) });
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: null },
    spec: { ...recordAt(body, 'spec'), audiences: issued.audiences, expirationSeconds },
    status: { token: issued.token, expirationTimestamp: kubernetesTime(issued.expiresAtMs) },
  };
}

function readExpiration(name: string, value: unknown): number {
  if (value === undefined || value === null) return defaultSeconds;
  const refuse = (why: string) =>
    invalid('TokenRequest', 'authentication.k8s.io', name, [
      {
        reason: 'FieldValueInvalid',
        field: 'spec.expirationSeconds',
        message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
      },
    ]);
  if (typeof value !== 'number') throw refuse('must be an integer');
  if (value < minimumSeconds) throw refuse('may not specify a duration less than 10 minutes');
  if (value > maximumSeconds) throw refuse('may not specify a duration larger than 2^32 seconds');
  return Math.floor(value);
}

function readBoundPod(store: Pick<ObjectStore, 'get'>, namespace: string, body: unknown) {
  const reference = recordAt(body, 'spec', 'boundObjectRef');
  if (textAt(reference, 'kind') !== 'Pod') return undefined;
  const name = textAt(reference, 'name');
  const pod = store.get('pods', namespace, name);
  const pods = { resource: 'pods', group: '' };
  if (!pod) throw notFound(pods, name);
  const uid = textAt(reference, 'uid');
  if (uid && uid !== pod.metadata.uid) {
    throw conflict(pods, name, `the UID in the bound object reference (${uid}) does not match the UID in record`);
  }
  return { name, uid: pod.metadata.uid };
}
