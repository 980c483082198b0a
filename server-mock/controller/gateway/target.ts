import { resourceName } from '../../../proxy-core/contract/policy.ts';
import { GatewayError } from '../errors.ts';

/** Where a request at the gateway goes. */
export interface GatewayTarget {
  cluster: string;
  /** Null for the user's default role. */
  role: string | null;
  /** Path and query for the API server, exactly as received. */
  target: string;
}

const prefixed = /^\/clusters\/([^/?#%]+)(?:\/roles\/([^/?#%]+))?([/?][^#]*)?$/;

/**
 * Takes `/clusters/<cluster>[/roles/<role>]` off a request target. Names are read without percent-decoding: a name
 * needs none, so that there is one way to write each.
 *
 * @throws {GatewayError} `POSTERN_CLUSTER_UNKNOWN` where no cluster or role could have such a name
 */
export function gatewayTarget(requestTarget: string): GatewayTarget {
  const match = prefixed.exec(requestTarget);
  const [, cluster = '', role, rest = '/'] = match ?? [];
  if (!match || !isName(cluster) || (role !== undefined && !isName(role))) {
    throw new GatewayError('POSTERN_CLUSTER_UNKNOWN', 'the path names no cluster', {
      hint: 'paths begin with /clusters/<cluster> or /clusters/<cluster>/roles/<role>',
    });
  }
  return { cluster, role: role ?? null, target: rest.startsWith('/') ? rest : `/${rest}` };
}

function isName(text: string): boolean {
  return resourceName.safeParse(text).success;
}
