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

export type ControllerErrorCode =
  | 'POSTERN_CONFIG_INVALID'
  | 'POSTERN_NOT_ADMINISTRATOR'
  | 'POSTERN_NOT_FOUND'
  | 'POSTERN_INPUT_INVALID'
  | 'POSTERN_SIGNED_OUT'
  | 'POSTERN_SESSION_REVOKED'
  | 'POSTERN_CERTIFICATE_EXPIRED'
  | 'POSTERN_ID_TOKEN_REFUSED'
  | 'POSTERN_IDENTITY_PROVIDER_UNREACHABLE'
  | 'POSTERN_CERTIFICATE_REQUEST_REFUSED'
  | 'POSTERN_JOIN_TOKEN_REFUSED'
  | 'POSTERN_STORE_FAILED'
  | 'POSTERN_CLUSTER_OFFLINE'
  | 'POSTERN_AGENT_KUBERNETES'
  | 'POSTERN_AGENT_SESSION_UNKNOWN'
  | 'POSTERN_INTERNAL';

/** What everything in the controller but policy and the gateway refuses or fails at. */
export class ControllerError extends PosternError<ControllerErrorCode> {}
