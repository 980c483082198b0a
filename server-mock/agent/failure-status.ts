import { PosternError } from '../../proxy-core/contract/errors.ts';
import { agentErrorHeader } from '../../proxy-core/contract/headers.ts';
import type { Exchange } from '../../proxy-core/tunnel/index.ts';

/** How a failure of the agent's own looks to the gateway and to tools: `reason` is Kubernetes' `metav1.StatusReason`. */
const answers: Partial<Record<string, { code: number; reason: string }>> = {
  POSTERN_AGENT_SESSION_UNKNOWN: { code: 409, reason: 'Conflict' },
  POSTERN_SESSION_ENDED: { code: 403, reason: 'Forbidden' },
  POSTERN_TUNNEL_MESSAGE_INVALID: { code: 400, reason: 'BadRequest' },
  POSTERN_AGENT_KUBERNETES: { code: 503, reason: 'ServiceUnavailable' },
};
const otherwise = { code: 500, reason: 'InternalError' };

/**
 * Answers a user's request with a Kubernetes `Status`, marked as the agent's own by {@link agentErrorHeader}.
 *
 * @param retryAfterSeconds clients that can send the request again do so after this time (client-go does for 5xx)
 */
export function answerFailure(exchange: Exchange, error: unknown, retryAfterSeconds?: number): void {
  const known = error instanceof PosternError ? error : undefined;
  const { code, reason } = (known && answers[known.code]) ?? otherwise;
  const message = known ? known.message + (known.hint ? ` (${known.hint})` : '') : 'the agent failed; its log says why';
  const body = JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } }),
    code,
  });
  exchange.answer({
    status: code,
    headers: [
      'Content-Type',
      'application/json',
      agentErrorHeader,
      known?.code ?? 'POSTERN_INTERNAL',
      ...(retryAfterSeconds === undefined ? [] : ['Retry-After', String(retryAfterSeconds)]),
    ],
    body,
  });
}
