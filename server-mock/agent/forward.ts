import type { Logger } from 'pino';
import { PosternError } from '../../proxy-core/contract/errors.ts';
import { headerPrefix, sessionHeader, timingHeader } from '../../proxy-core/contract/headers.ts';
import { isProxied, isWatch } from '../../proxy-core/contract/request-target.ts';
import {
  type Cut,
  type Exchange,
  endToEndHeaders,
  type ForwardOutcome,
  type HeaderList,
  HttpServer,
  headerValue,
  MessageError,
  maxHeaderBytes,
  withoutHeaders,
} from '../../proxy-core/tunnel/index.ts';
import { AgentError } from './errors.ts';
import { answerFailure } from './failure-status.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import type { Sessions, SessionUse } from './sessions.ts';

export interface ForwardDependencies {
  sessions: Pick<Sessions, 'begin'>;
  api: Pick<KubernetesApi, 'server' | 'users'>;
  logger: Logger;
  /** Fires when the agent stops: responses of open length end with their terminator. */
  stopping: AbortSignal;
  /** Milliseconds, monotonic. */
  elapsed?: () => number;
}

/**
 * Serves the stream target `kubernetes`: users' requests as they are, sent on to the API server as the session's service
 * account. Nothing here times out; whoever goes away takes the request along.
 */
export function createKubernetesServer(dependencies: ForwardDependencies): HttpServer {
  return new HttpServer({
    maxHeadBytes: maxHeaderBytes,
    onRequest: (exchange) => void serve(dependencies, exchange),
    onUnreadable: answerFailure,
  });
}

async function serve(dependencies: ForwardDependencies, exchange: Exchange): Promise<void> {
  try {
    using use = dependencies.sessions.begin(headerValue(exchange.request.headers, sessionHeader) ?? '');
    await send(dependencies, use, exchange);
  } catch (error) {
    if (!(error instanceof PosternError)) dependencies.logger.error({ err: error }, 'a request failed unexpectedly');
    answerFailure(exchange, error);
  }
}

async function send(
  { api, logger, stopping, elapsed = () => performance.now() }: ForwardDependencies,
  use: SessionUse,
  exchange: Exchange,
): Promise<void> {
  const { request } = exchange;
  const startedAt = elapsed();
  let token = use.account.presentToken() ?? (await use.account.token());

  const attempt = (mayIntercept: boolean): Promise<ForwardOutcome> => {
    const sentAt = elapsed();
    return exchange.forward({
      pool: api.users,
      target: `${api.server.pathname.replace(/\/$/, '')}${request.target}`,
      headers: headersFor(request.headers, api.server.host, token),
      cut: use.cut,
      finish: stopping,
      whenBroken: isWatch(request.target) ? 'terminate' : 'cut',
      intercept: ({ status }) => mayIntercept && status === 401,
      onResponse: (head) => {
        head.headers = withoutHeaders(head.headers, (name) => name.startsWith(headerPrefix));
        head.headers.push(timingHeader, timing({ kubernetes: elapsed() - sentAt, agent: sentAt - startedAt }));
      },
      onError: (error) => answerFailure(exchange, explain(error, use.cut)),
    });
  };

  // A 401 of the program behind it says nothing of the account.
  const outcome = await attempt(!isProxied(request.target));
  if (outcome.kind === 'failed') logger.debug({ err: outcome.error }, 'a request failed on its way');
  if (outcome.kind !== 'intercepted') return;

  // The API server does not take the token: the account was removed behind our back, or the cluster's keys changed.
  token = await use.account.renewToken(token);
  if (!exchange.hasBody) await attempt(false);
  else answerFailure(exchange, new AgentError('POSTERN_AGENT_KUBERNETES', 'the account was renewed; send it again'), 1);
}

/**
 * The user's headers as the API server may see them: none that says who somebody is but the session's own token.
 * `X-Remote-*` is what a front proxy would say; kube-apiserver asks for its certificate, others may not.
 */
export function headersFor(received: readonly string[], host: string, token: string): HeaderList {
  const kept = withoutHeaders(
    endToEndHeaders(received),
    (name) =>
      name === 'host' ||
      name === 'authorization' ||
      name.startsWith('impersonate-') ||
      name.startsWith('x-remote-') ||
      name.startsWith(headerPrefix),
  );
  return ['host', host, ...kept, 'authorization', `Bearer ${token}`];
}

function explain(error: Error, cut: Cut): PosternError {
  if (error instanceof MessageError) return error;
  if (cut.reason instanceof PosternError) return cut.reason;
  return new AgentError('POSTERN_AGENT_KUBERNETES', `the cluster’s API server does not answer: ${error.message}`, {
    cause: error,
  });
}

/** `Server-Timing` syntax. */
function timing(hops: Record<string, number>): string {
  return Object.entries(hops)
    .map(([hop, ms]) => `${hop};dur=${Math.max(0, ms).toFixed(1)}`)
    .join(', ');
}
