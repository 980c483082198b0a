import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { PosternError } from '../../proxy-core/contract/errors.ts';
import { headerPrefix, sessionHeader, timingHeader } from '../../proxy-core/contract/headers.ts';
import {
  createStreamServer,
  endToEndHeaders,
  type ForwardOptions,
  type ForwardOutcome,
  forwardRequest,
  type RawHeaders,
  responseOn,
  spliceUpgrade,
  withoutHeaders,
} from '../../proxy-core/tunnel/index.ts';
import { AgentError } from './errors.ts';
import { answerFailure } from './failure-status.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import type { Sessions, SessionUse } from './sessions.ts';

export interface ForwardDependencies {
  sessions: Pick<Sessions, 'begin'>;
  api: Pick<KubernetesApi, 'server' | 'userAgent'>;
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
export function createKubernetesServer(dependencies: ForwardDependencies): Server {
  return createStreamServer(
    (request, response) => void serve(dependencies, request, response, undefined),
    (request, socket, head) => {
      // Until it is spliced nobody else listens, and a connection that breaks now must not end the agent.
      socket.on('error', () => undefined);
      void serve(dependencies, request, undefined, { socket, head });
    },
  );
}

interface Upgrading {
  socket: Duplex;
  head: Buffer;
}

async function serve(
  dependencies: ForwardDependencies,
  request: IncomingMessage,
  response: ServerResponse | undefined,
  upgrading: Upgrading | undefined,
): Promise<void> {
  const answer = () => response ?? responseOn(request, upgrading!.socket);
  try {
    using use = dependencies.sessions.begin(sessionIdOf(request));
    await send(dependencies, use, request, answer, upgrading);
  } catch (error) {
    if (!(error instanceof PosternError)) dependencies.logger.error({ err: error }, 'a request failed unexpectedly');
    answerFailure(answer(), error);
  }
}

async function send(
  { api, logger, stopping, elapsed = () => performance.now() }: ForwardDependencies,
  use: SessionUse,
  request: IncomingMessage,
  answer: () => ServerResponse,
  upgrading: Upgrading | undefined,
): Promise<void> {
  const startedAt = elapsed();
  let token = await use.account.token();

  const attempt = (mayIntercept: boolean): Promise<ForwardOutcome> => {
    const sentAt = elapsed();
    const options: ForwardOptions = {
      agent: api.userAgent,
      protocol: 'https:',
      host: api.server.hostname.replace(/^\[|\]$/g, ''),
      port: Number(api.server.port || 443),
      path: `${api.server.pathname.replace(/\/$/, '')}${request.url}`,
      headers: headersFor(request.rawHeaders, api.server.host, token),
      signal: use.signal,
      intercept: ({ statusCode }) => mayIntercept && statusCode === 401,
      onResponse: (head) => {
        head.headers = [
          ...withoutHeaders(head.headers, (name) => name.startsWith(headerPrefix)),
          timingHeader,
          timing({ kubernetes: elapsed() - sentAt, agent: sentAt - startedAt }),
        ];
      },
      onError: (error, failed) => answerFailure(failed, explain(error, use.signal)),
    };
    if (upgrading) {
      const { socket, head } = upgrading;
      // The first attempt puts it back into the socket.
      upgrading.head = Buffer.alloc(0);
      return spliceUpgrade(request, socket, head, options);
    }
    const whenBroken = isWatch(request.url) ? 'terminate' : 'cut';
    return forwardRequest(request, answer(), { ...options, finish: stopping, whenBroken });
  };

  const outcome = await attempt(true);
  if (outcome.kind === 'failed') logger.debug({ err: outcome.error }, 'a request failed on its way');
  if (outcome.kind !== 'intercepted') return;

  // The API server does not take the token: the account was removed behind our back, or the cluster's keys changed.
  outcome.response?.destroy();
  token = await use.account.renewToken(token);
  if (upgrading || !hasBody(request)) await attempt(false);
  else answerFailure(answer(), new AgentError('POSTERN_AGENT_KUBERNETES', 'the account was renewed; send it again'), 1);
}

function sessionIdOf(request: IncomingMessage): string {
  const id = request.headers[sessionHeader];
  return typeof id === 'string' ? id : '';
}

/**
 * The user's headers as the API server may see them: none that says who somebody is but the session's own token.
 * `X-Remote-*` is what a front proxy would say; kube-apiserver asks for its certificate, others may not.
 */
export function headersFor(received: readonly string[], host: string, token: string): RawHeaders {
  const kept = withoutHeaders(
    endToEndHeaders(received),
    (name) =>
      name === 'host' ||
      name === 'authorization' ||
      name.startsWith('impersonate-') ||
      name.startsWith('x-remote-') ||
      name.startsWith(headerPrefix),
  );
  return ['Host', host, ...kept, 'Authorization', `Bearer ${token}`];
}

function explain(error: Error, cut: AbortSignal): PosternError {
  if (cut.aborted && cut.reason instanceof PosternError) return cut.reason;
  return new AgentError('POSTERN_AGENT_KUBERNETES', `the cluster’s API server does not answer: ${error.message}`, {
    cause: error,
  });
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

/** Only for how a broken response looks, never for a decision. */
function isWatch(target = ''): boolean {
  return /[?&]watch=(?!0|false)/i.test(target);
}

/** `Server-Timing` syntax. */
function timing(hops: Record<string, number>): string {
  return Object.entries(hops)
    .map(([hop, ms]) => `${hop};dur=${Math.max(0, ms).toFixed(1)}`)
    .join(', ');
}
