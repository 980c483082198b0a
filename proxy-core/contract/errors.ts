/**
 * Every code a person or a program can see, with what it means. The README's table is made from this list, and a
 * test holds the two together. Codes are stable: never renamed, never reused.
 */
export const errorCodes = {
  // identity
  POSTERN_SIGNED_OUT: 'Nobody is signed in on this device.',
  POSTERN_SIGN_IN_FAILED: 'The identity provider refused or broke off the sign-in.',
  POSTERN_SIGN_IN_EXPIRED: 'The sign-in was not finished in time.',
  POSTERN_IDENTITY_PROVIDER_UNREACHABLE: 'The identity provider does not answer.',
  POSTERN_CERTIFICATE_EXPIRED: 'The device certificate has expired and could not be renewed.',
  POSTERN_NO_KEYCHAIN: 'There is no keychain on this machine, or it is locked; the sign-in lives in memory only.',
  // controller, seen from the app
  POSTERN_CONTROLLER_URL_INVALID: 'The controller URL cannot be read.',
  POSTERN_CONTROLLER_UNREACHABLE: 'Nothing answers at the controller URL.',
  POSTERN_CONTROLLER_UNTRUSTED:
    'The controller presents a certificate that is not the pinned one and is not publicly trusted.',
  POSTERN_CONTROLLER_NOT_POSTERN: 'Something answers at the controller URL, but it is not a Postern controller.',
  // tunnel
  POSTERN_TUNNEL_UNAVAILABLE: 'No tunnel connection is open to the peer.',
  POSTERN_TUNNEL_REFUSED: 'The peer refused the connection or the stream.',
  POSTERN_TUNNEL_LOST: 'The tunnel connection broke while in use.',
  POSTERN_TUNNEL_CLOSED: 'The tunnel was closed on this side.',
  POSTERN_TUNNEL_MESSAGE_INVALID: 'What arrived on a connection is not readable HTTP/1.1.',
  // local proxy
  POSTERN_PROXY_PORT_TAKEN: 'The port of the local proxy is in use by another program.',
  POSTERN_PROXY_UNAUTHORIZED: 'The request does not carry the kubeconfig’s token.',
  POSTERN_PROXY_HOST_REFUSED: 'The request’s Host or Origin is not the local proxy’s.',
  POSTERN_PROXY_REQUEST_INVALID: 'The request cannot be forwarded as it stands.',
  // kubeconfig
  POSTERN_KUBECONFIG_UNREADABLE: 'The kubeconfig cannot be read or is not valid YAML; it was left as it is.',
  POSTERN_KUBECONFIG_LOCKED: 'Another program holds kubectl’s lock on the kubeconfig.',
  POSTERN_KUBECONFIG_UNWRITABLE: 'The kubeconfig cannot be written (disk full, permissions); the old one is intact.',
  // session log and state on disk
  POSTERN_STATE_UNREADABLE: 'A file of Postern’s own state cannot be read.',
  POSTERN_STATE_UNWRITABLE: 'Postern’s own state cannot be written (disk full, permissions).',
  POSTERN_SESSION_UNKNOWN: 'There is no such session in the log.',
  // terminal
  POSTERN_TERMINAL_FAILED: 'The shell could not be started.',
  POSTERN_TERMINAL_UNKNOWN: 'There is no such terminal.',
  // command line and core host
  POSTERN_USAGE: 'The command line cannot be understood.',
  POSTERN_CORE_RUNNING: 'Another Postern already runs on this state folder.',
  POSTERN_CORE_NOT_RUNNING: 'No Postern runs on this state folder.',
  POSTERN_INPUT_INVALID: 'A call’s input is not as the contract says; the message names the field.',
  POSTERN_CLUSTER_EMULATED: 'The cluster is Postern’s emulation, not Kubernetes.',
  POSTERN_API_SERVER_UNVERIFIED: 'The agent does not verify the certificate of the cluster’s API server.',
  POSTERN_INTERNAL: 'Something failed that should not; the log has the details.',
  // gateway and policy
  POSTERN_FORBIDDEN: 'No grant allows the request.',
  POSTERN_SESSION_REVOKED: 'An administrator revoked the session, the device, the grant or the user.',
  POSTERN_SESSION_ENDED: 'The session reached its idle or maximum time.',
  POSTERN_REASON_REQUIRED: 'The grant asks for a reason before a session opens.',
  POSTERN_CLUSTER_UNKNOWN: 'There is no such cluster, or no grant for it.',
  POSTERN_CLUSTER_OFFLINE: 'No agent of the cluster is connected.',
  POSTERN_REQUEST_AMBIGUOUS: 'Two readings of the request path are possible.',
  POSTERN_IMPERSONATION_REFUSED: 'Impersonation is only possible as a role the user holds.',
  POSTERN_RECORDING_REQUIRED: 'The grant requires a recording, and this controller cannot make one.',
  // controller
  POSTERN_CONFIG_INVALID: 'A field of the configuration file is wrong; the message names it.',
  POSTERN_POLICY_INVALID: 'A field of a policy document is wrong; the message names it.',
  POSTERN_NOT_ADMINISTRATOR: 'The call is for administrators only.',
  POSTERN_NOT_FOUND: 'The named thing does not exist.',
  POSTERN_ID_TOKEN_REFUSED: 'The ID token is not acceptable.',
  POSTERN_CERTIFICATE_REQUEST_REFUSED: 'The certificate request is not acceptable.',
  POSTERN_JOIN_TOKEN_REFUSED: 'The join token is unknown, used or expired.',
  POSTERN_STORE_FAILED: 'The controller’s store failed.',
  // agent
  POSTERN_AGENT_KUBECONFIG: 'The agent’s kubeconfig or in-cluster credential cannot be used.',
  POSTERN_AGENT_KUBERNETES: 'The Kubernetes API server refused or failed a call of the agent.',
  POSTERN_AGENT_SESSION_UNKNOWN: 'The agent does not know the session; the controller announces it again.',
} as const satisfies Record<`POSTERN_${string}`, string>;

export type ErrorCode = keyof typeof errorCodes;

export interface ErrorOptionsWithHint {
  cause?: unknown;
  /** What the person can do about it, as a phrase: `sign in again`. */
  hint?: string;
}

/**
 * The base of every part's own error class. `message` says what happened to what, `hint` what the person can do.
 *
 * @example throw new TunnelError('POSTERN_TUNNEL_REFUSED', `${host} refused the client certificate`, { cause, hint: 'sign in again' });
 */
export class PosternError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code;
  readonly hint: string | undefined;

  constructor(code: Code, message: string, options: ErrorOptionsWithHint = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
  }
}

/** How an error crosses a process boundary. Never holds a stack: stacks stay in the log of the process that made them. */
export interface WireError {
  code: ErrorCode;
  message: string;
  hint?: string;
  cause?: string;
}

export function toWireError(error: unknown): WireError {
  if (error instanceof PosternError) {
    const wire: WireError = { code: error.code, message: error.message };
    if (error.hint !== undefined) wire.hint = error.hint;
    if (error.cause instanceof Error) wire.cause = error.cause.message;
    return wire;
  }
  return { code: 'POSTERN_INTERNAL', message: error instanceof Error ? error.message : String(error) };
}

/** Rebuilds what {@link toWireError} made; anything else becomes `POSTERN_INTERNAL`. */
export function fromWireError(wire: unknown): PosternError {
  if (typeof wire !== 'object' || wire === null) return new PosternError('POSTERN_INTERNAL', String(wire));
  const { code, message, hint, cause } = wire as Partial<Record<keyof WireError, unknown>>;
  return new PosternError(
    isErrorCode(code) ? code : 'POSTERN_INTERNAL',
    typeof message === 'string' ? message : 'unknown error',
    {
      ...(typeof hint === 'string' ? { hint } : {}),
      ...(typeof cause === 'string' ? { cause: new Error(cause) } : {}),
    },
  );
}

/** Whether `data` is what {@link toWireError} makes. */
export function isWireError(data: unknown): data is WireError {
  return typeof data === 'object' && data !== null && 'code' in data && isErrorCode(data.code);
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorCodes, value);
}
