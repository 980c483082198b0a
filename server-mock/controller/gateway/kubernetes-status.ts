import { PosternError } from '../../../proxy-core/contract/errors.ts';
import { refusalForm } from '../../../proxy-core/contract/refusal-form.ts';
import { type Exchange, headerValue } from '../../../proxy-core/tunnel/index.ts';
import { httpStatus } from '../http-status.ts';

const reasons: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  500: 'InternalError',
  502: 'InternalError',
  503: 'ServiceUnavailable',
};

/** What a Kubernetes tool shows of a refusal or failure (apimachinery, meta/v1 Status). */
export interface KubernetesStatus {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, never>;
  status: 'Failure';
  message: string;
  reason: string;
  details: { causes: { reason: string; message: string }[]; retryAfterSeconds?: number };
  code: number;
}

/** How long a tool should wait before it tries again. */
const retryAfterSeconds = {
  POSTERN_CLUSTER_OFFLINE: 5,
  POSTERN_STORE_FAILED: 5,
  POSTERN_AGENT_SESSION_UNKNOWN: 1,
} as const;

export function kubernetesStatus(error: unknown): KubernetesStatus {
  const known = error instanceof PosternError ? error : undefined;
  const code = known ? httpStatus(known.code) : 500;
  const message = known ? known.message : 'Postern failed at the request; its log has the details';
  const retryAfter = known && Object.entries(retryAfterSeconds).find(([retried]) => retried === known.code)?.[1];
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: known?.hint === undefined ? message : `${message}: ${known.hint}`,
    reason: reasons[code] ?? 'InternalError',
    details: {
      causes: [{ reason: known?.code ?? 'POSTERN_INTERNAL', message }],
      ...(retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter }),
    },
    code,
  };
}

/**
 * Answers with a Status, or as discovery reads it (see `refusalForm`). `Retry-After`, on which client-go repeats a request by itself, goes only with what a repetition
 * a second later mends; a tool that waited silently for an offline cluster would seem to hang.
 *
 * @returns the body's bytes
 */
export function answerStatus(exchange: Exchange, status: KubernetesStatus, headers: readonly string[]): number {
  const { target, headers: asked } = exchange.request;
  const { asText, warning } = refusalForm(status, { target, accept: headerValue(asked, 'accept') });
  const again = status.details.retryAfterSeconds === retryAfterSeconds.POSTERN_AGENT_SESSION_UNKNOWN;
  return exchange.answer({
    status: status.code,
    headers: [
      ...headers,
      ...(again ? ['Retry-After', String(status.details.retryAfterSeconds)] : []),
      ...(warning === undefined ? [] : ['Warning', warning]),
      'Content-Type',
      asText ? 'text/plain; charset=utf-8' : 'application/json',
    ],
    body: asText ? status.message : JSON.stringify(status),
  });
}
