import { PosternError } from '../../proxy-core/contract/errors.ts';

export type AgentErrorCode =
  | 'POSTERN_AGENT_KUBECONFIG'
  | 'POSTERN_AGENT_KUBERNETES'
  | 'POSTERN_AGENT_SESSION_UNKNOWN'
  | 'POSTERN_SESSION_ENDED'
  | 'POSTERN_NOT_FOUND'
  | 'POSTERN_INPUT_INVALID'
  | 'POSTERN_JOIN_TOKEN_REFUSED'
  | 'POSTERN_CERTIFICATE_EXPIRED'
  | 'POSTERN_CERTIFICATE_REQUEST_REFUSED'
  | 'POSTERN_CONTROLLER_UNREACHABLE'
  | 'POSTERN_STATE_UNREADABLE'
  | 'POSTERN_STATE_UNWRITABLE'
  | 'POSTERN_USAGE'
  | 'POSTERN_INTERNAL';

/** Whatever goes wrong in an agent: joining, its own state, the API server, a session it does not know. */
export class AgentError extends PosternError<AgentErrorCode> {}
