import { GatewayError } from '../errors.ts';

/** Where a request at the gateway goes. */
export interface GatewayTarget {
  cluster: string;
  /** Null for the user's default role. */
  role: string | null;
  /** Path and query for the API server, exactly as received. */
  target: string;
}

/** As the contract's `resourceName`. */
const name = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
/** No Kubernetes path begins so: somebody means a role that cannot be one. */
const misnamedRole = /^\/roles\/[^/?]/;
const prefixed = new RegExp(`^/clusters/(${name})(?:/roles/(${name}))?([/?][^#]*)?$`);

/**
 * Takes `/clusters/<cluster>[/roles/<role>]` off a request target. Names are read without percent-decoding: a name
 * needs none, so that there is one way to write each.
 *
 * @throws {GatewayError} `POSTERN_CLUSTER_UNKNOWN` where no cluster or role could have such a name
 */
export function gatewayTarget(requestTarget: string): GatewayTarget {
  const [, cluster, role, rest = '/'] = prefixed.exec(requestTarget) ?? [];
  if (cluster === undefined || (role === undefined && misnamedRole.test(rest))) {
    throw new GatewayError('POSTERN_CLUSTER_UNKNOWN', 'the path names no cluster', {
      hint: 'paths begin with /clusters/<cluster> or /clusters/<cluster>/roles/<role>',
    });
  }
  return { cluster, role: role ?? null, target: rest.startsWith('/') ? rest : `/${rest}` };
}
