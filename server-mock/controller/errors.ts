import { PosternError } from '../../proxy-core/contract/errors.ts';

export type GatewayErrorCode =
  | 'POSTERN_FORBIDDEN'
  | 'POSTERN_SESSION_REVOKED'
  | 'POSTERN_SESSION_ENDED'
  | 'POSTERN_REASON_REQUIRED'
  | 'POSTERN_CLUSTER_UNKNOWN'
  | 'POSTERN_CLUSTER_OFFLINE'
  | 'POSTERN_REQUEST_AMBIGUOUS'
  | 'POSTERN_IMPERSONATION_REFUSED'
  | 'POSTERN_RECORDING_REQUIRED'
  | 'POSTERN_POLICY_INVALID';

/** What policy and the gateway refuse, and why. The gateway shows it to tools as a Kubernetes Status. */
export class GatewayError extends PosternError<GatewayErrorCode> {}
