import { refusalForm } from '../contract/refusal-form.ts';
import { type Exchange, headerValue } from '../tunnel/index.ts';
import type { AccessState } from './types.ts';

/** A refusal in the form that Kubernetes' clients show: kubectl prints `message`, Lens shows it in its error page. */
export interface Refusal {
  code: 400 | 401 | 403 | 500 | 502 | 503 | 504;
  /** apimachinery's StatusReason; `Error from server (<reason>): <message>`. */
  reason: 'BadRequest' | 'Unauthorized' | 'Forbidden' | 'InternalError' | 'ServiceUnavailable' | 'Timeout';
  /** What happened, and what to do. */
  message: string;
  /** Postern's own code, for programs. */
  cause: string;
  retryAfterSeconds?: number;
}

/** How soon a tool may ask again; a tunnel that is being dialled is back within seconds or not for a while. */
const retryAfterSeconds = 5;

const signIn = 'sign in in the Postern app or with "postern login"';

export function signedOut(): Refusal {
  return {
    code: 401,
    reason: 'Unauthorized',
    message: `nobody is signed in to Postern on this device: ${signIn}`,
    cause: 'POSTERN_SIGNED_OUT',
  };
}

export function tokenRefused(): Refusal {
  return {
    code: 401,
    reason: 'Unauthorized',
    message: `the request does not carry the present token of Postern's kubeconfig: ${signIn}, and use the kubeconfig as written since`,
    cause: 'POSTERN_PROXY_UNAUTHORIZED',
  };
}

export function signInNeeded(): Refusal {
  return {
    code: 504,
    reason: 'Timeout',
    message: `Postern needs you to sign in again: ${signIn}`,
    cause: 'POSTERN_CERTIFICATE_EXPIRED',
  };
}

export function revoked(message: string): Refusal {
  return { code: 403, reason: 'Forbidden', message, cause: 'POSTERN_SESSION_REVOKED' };
}

export function controllerUnreachable(problem: string | null): Refusal {
  return {
    code: 503,
    reason: 'ServiceUnavailable',
    message: `Postern has no connection to its controller${problem === null ? '' : ` (${problem})`}; it keeps trying. Check your network, or ask whoever runs the controller`,
    cause: 'POSTERN_TUNNEL_UNAVAILABLE',
    retryAfterSeconds,
  };
}

export function clusterOffline(cluster: string, since: string): Refusal {
  return {
    code: 503,
    reason: 'ServiceUnavailable',
    message: `cluster "${cluster}" is offline: its agent has not been connected since ${since}. Ask whoever runs the cluster`,
    cause: 'POSTERN_CLUSTER_OFFLINE',
    retryAfterSeconds,
  };
}

export function clusterUnknown(cluster: string): Refusal {
  return {
    code: 403,
    reason: 'Forbidden',
    message: `no grant gives you cluster "${cluster}": see "postern clusters" for those you can reach`,
    cause: 'POSTERN_CLUSTER_UNKNOWN',
  };
}

export function roleNotHeld(cluster: string, role: string, held: readonly string[]): Refusal {
  return {
    code: 403,
    reason: 'Forbidden',
    message: `no grant gives you role "${role}" on cluster "${cluster}"; you hold ${held.join(', ') || 'none'}`,
    cause: 'POSTERN_FORBIDDEN',
  };
}

export function requestRefused(code: 400 | 403, message: string, cause: string): Refusal {
  return { code, reason: code === 403 ? 'Forbidden' : 'BadRequest', message, cause };
}

export function upstreamBroke(problem: string): Refusal {
  return {
    code: 502,
    reason: 'InternalError',
    message: `the connection to the cluster broke before it answered (${problem}): try again`,
    cause: 'POSTERN_TUNNEL_LOST',
  };
}

export function failedUnexpectedly(): Refusal {
  return {
    code: 500,
    reason: 'InternalError',
    message: 'Postern failed at this request; its log says why',
    cause: 'POSTERN_INTERNAL',
  };
}

/** What a state that is not `open` means for a request that has waited as long as it may. */
export function refusalFor(state: Exclude<AccessState, { kind: 'open' }>): Refusal {
  switch (state.kind) {
    case 'signed-out':
      return signedOut();
    case 'sign-in-needed':
      return signInNeeded();
    case 'connecting':
      return controllerUnreachable(state.problem);
    case 'revoked':
      return revoked(state.message);
    default:
      return state satisfies never;
  }
}

/** @see Kubernetes apimachinery, apis/meta/v1 Status */
export function statusOf(refusal: Refusal): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: refusal.message,
    reason: refusal.reason,
    details: {
      causes: [{ reason: refusal.cause, message: refusal.message }],
      ...(refusal.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: refusal.retryAfterSeconds }),
    },
    code: refusal.code,
  };
}

/**
 * Answers with a Status.
 *
 * `retryAfterSeconds` stands in the Status alone, without a `Retry-After` header: client-go obeys that header silently, ten
 * times per request, and a `kubectl get` on an offline cluster would hang for minutes before it says anything.
 *
 * @returns bytes of the body
 */
export function answer(exchange: Exchange, refusal: Refusal, auditId: string | undefined): number {
  const { target, headers: asked } = exchange.request;
  const { asText, warning } = refusalForm(refusal, { target, accept: headerValue(asked, 'accept') });
  const headers = ['Content-Type', asText ? 'text/plain; charset=utf-8' : 'application/json'];
  headers.push('Cache-Control', 'no-cache, private');
  if (warning !== undefined) headers.push('Warning', warning);
  if (auditId !== undefined) headers.push('Audit-ID', auditId);
  if (refusal.code === 401) headers.push('WWW-Authenticate', 'Bearer realm="Postern"');
  return exchange.answer({
    status: refusal.code,
    headers,
    body: asText ? refusal.message : JSON.stringify(statusOf(refusal)),
  });
}
