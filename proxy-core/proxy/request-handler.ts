import { headerPrefix, type RequestRecord } from '../contract/headers.ts';
import { isWatch } from '../contract/request-target.ts';
import { watchErrorEvent } from '../contract/watch-error.ts';
import {
  Cut,
  type Exchange,
  type ForwardedHead,
  type ForwardOutcome,
  headerValue,
  MessageError,
  TunnelError,
  uuidv7,
  withoutHeaders,
} from '../tunnel/index.ts';
import { isPassing, waitForAccess } from './access.ts';
import type { Identified, TokenOwner } from './client-tokens.ts';
import { ProxyError } from './errors.ts';
import { checkHost } from './host-check.ts';
import { gatewayTarget, type ProxyPath, parseTarget } from './paths.ts';
import { auditEventOf, hopsOf, ownRecord, readRecord } from './record.ts';
import { guardedHeaders } from './request-guard.ts';
import * as status from './status.ts';
import type { AccessState, LocalProxyOptions, ProxyClock, RequestOwner } from './types.ts';

interface HandlerOptions extends LocalProxyOptions {
  clock: ProxyClock;
  port: number;
  /** Ends open responses in good order. */
  finish: AbortSignal;
}

/** One request on its way. */
interface Passage {
  exchange: Exchange;
  auditId: string;
  startedAt: Date;
  startedMs: number;
  owner: TokenOwner;
  path: ProxyPath;
  headers: string[];
  /** In whose name it is served; by the time of its line in the log somebody else may be signed in, or nobody. */
  person: RequestOwner | undefined;
}

/** What became of a request that was sent on. */
interface Answered {
  hopsMs: Record<string, number>;
  /** Made here, since the gateway gave no answer. */
  refusal: status.Refusal | undefined;
  isLogged: boolean;
}

/** Takes each request from the tool to the gateway, or answers it with a Kubernetes Status, and writes it to the log. */
export class RequestHandler {
  readonly #options: HandlerOptions;
  readonly #unsubscribe: () => void;
  #running = 0;
  readonly #whenSettled = new Set<() => void>();
  /** Cuts what runs when the person signs out or is revoked; a new one for what comes after. */
  #cut = new Cut();
  #tasks: (() => void)[] = [];

  constructor(options: HandlerOptions) {
    this.#options = options;
    this.#unsubscribe = options.upstream.onState(() => this.#accessChanged());
  }

  /** Resolves when no request runs, at the latest after `graceMs`. */
  async settled(graceMs: number): Promise<void> {
    if (this.#running === 0) return;
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, graceMs);
      this.#whenSettled.add(() => {
        clock.clearTimeout(timer);
        resolve();
      });
    });
  }

  close(): void {
    this.#unsubscribe();
    this.#cut.fall(ended());
  }

  #accessChanged(): void {
    const state = this.#options.upstream.state();
    if (state.kind !== 'signed-out' && state.kind !== 'revoked') return;
    const cut = this.#cut;
    this.#cut = new Cut();
    cut.fall(ended());
  }

  request(exchange: Exchange): void {
    const { request } = exchange;
    const { port, clock } = this.#options;
    const startedAt = clock.now();
    let passage: Passage;
    let auditId: string | undefined;
    try {
      // It would make a proxy of us for anything.
      if (request.method === 'CONNECT')
        throw new ProxyError('POSTERN_PROXY_REQUEST_INVALID', 'CONNECT is not served here');
      checkHost(request.headers, port);
      const identified = this.#identify(exchange);
      if (identified === undefined) {
        status.answer(exchange, status.tokenRefused(), undefined);
        return;
      }
      auditId = uuidv7();
      const headers = guardedHeaders(request.headers, auditId);
      const path = parseTarget(request.target, identified.context);
      const startedMs = performance.now();
      passage = { exchange, auditId, startedAt, startedMs, owner: identified.owner, path, headers, person: undefined };
    } catch (error) {
      if (!(error instanceof ProxyError)) {
        this.#options.logger.error({ error: (error as Error).stack, auditId }, 'a request failed unexpectedly');
      }
      status.answer(exchange, refusalOf(error), auditId);
      return;
    }
    this.#running += 1;
    const state = this.#options.upstream.state();
    if (isPassing(state)) void this.#waitAndServe(passage);
    else this.#serve(passage, state);
  }

  #identify({ request, stream }: Exchange): Identified | undefined {
    const { tokens, logger } = this.#options;
    const identified = tokens.identify(headerValue(request.headers, 'authorization'), stream);
    if (identified === undefined) {
      logger.debug({ path: request.target.slice(0, 200) }, 'a request without the kubeconfig’s token was refused');
    }
    return identified;
  }

  async #waitAndServe(passage: Passage): Promise<void> {
    const { upstream, clock, finish } = this.#options;
    const gone = new AbortController();
    const onGone = () => gone.abort();
    const connection = passage.exchange.stream;
    connection.once('close', onGone);
    finish.addEventListener('abort', onGone);
    const state = await waitForAccess(upstream, clock, gone.signal);
    connection.off('close', onGone);
    finish.removeEventListener('abort', onGone);
    if (connection.destroyed) {
      this.#over();
    } else if (state.kind === 'open' && this.#identify(passage.exchange) === undefined) {
      // Somebody has signed in anew, and it may be somebody else: the token was of the sign-in before.
      status.answer(passage.exchange, status.tokenRefused(), passage.auditId);
      this.#over();
    } else {
      this.#serve(passage, state);
    }
  }

  #serve(passage: Passage, state: AccessState): void {
    try {
      passage.person = this.#options.upstream.owner();
      if (state.kind !== 'open') this.#refuse(passage, status.refusalFor(state), 'denied');
      else this.#resolve(passage);
    } catch (error) {
      this.#failed(passage, error as Error);
    }
  }

  #resolve(passage: Passage): void {
    const { upstream } = this.#options;
    const { path } = passage;
    const resolution = upstream.resolveRole(path.cluster, path.role);
    switch (resolution.kind) {
      case 'role':
        this.#forward(passage, resolution.role);
        return;
      case 'cluster-unknown':
        this.#refuse(passage, status.clusterUnknown(path.cluster), 'denied');
        return;
      case 'role-not-held':
        this.#refuse(passage, status.roleNotHeld(path.cluster, path.role ?? '', resolution.held), 'denied');
        return;
      case 'cluster-offline':
        this.#refuse(passage, status.clusterOffline(path.cluster, resolution.since), 'failed');
        return;
      default:
        resolution satisfies never;
    }
  }

  #forward(passage: Passage, role: string): void {
    const { exchange, path, auditId, startedMs } = passage;
    const { upstream, finish } = this.#options;
    const answered: Answered = { hopsMs: {}, refusal: undefined, isLogged: false };
    const isOfWatch = isWatch(path.kubernetesTarget);
    let contentType: string | undefined;
    exchange
      .forward({
        pool: upstream.pool,
        target: gatewayTarget(path.cluster, role, path.kubernetesTarget),
        headers: passage.headers,
        cut: this.#cut,
        finish,
        lastLine: isOfWatch
          ? (reason) => watchErrorEvent(contentType, status.statusOf(this.#refusalOfBreak(reason)))
          : undefined,
        whenBroken: isOfWatch ? 'terminate' : 'cut',
        onResponse: (head) => {
          const untilResponseMs = performance.now() - startedMs;
          const { headers } = head;
          if (isOfWatch) contentType = headerValue(headers, 'content-type');
          answered.isLogged = true;
          this.#afterwards(() => {
            answered.hopsMs = hopsOf(headers, untilResponseMs);
            const record = readRecord(headers) ?? ownRecord(path, exchange.request.method, unrecorded(head));
            record.role ??= role;
            this.#start(passage, record);
          });
          head.headers = withoutHeaders(headers, isOurs);
        },
        onError: (error) => {
          answered.refusal = this.#refusalOfBreak(error);
          status.answer(exchange, answered.refusal, auditId);
        },
      })
      .then((outcome) => this.#completed(passage, role, outcome, answered))
      .catch((error: Error) => this.#failed(passage, error));
  }

  #completed(passage: Passage, role: string, outcome: ForwardOutcome, answered: Answered): void {
    const completedAt = this.#options.clock.now();
    const durationMs = Math.round((performance.now() - passage.startedMs) * 100) / 100;
    this.#afterwards(() => {
      this.#logEnd(passage, role, outcome, answered, { completedAt, durationMs });
    });
    this.#afterwards(() => this.#over());
  }

  #logEnd(
    passage: Passage,
    role: string,
    outcome: ForwardOutcome,
    { hopsMs, refusal, isLogged }: Answered,
    end: { completedAt: Date; durationMs: number },
  ): void {
    const { exchange, path, auditId } = passage;
    if (!isLogged) {
      const reason = refusal?.message ?? 'the tool went away before there was an answer';
      this.#start(passage, { ...ownRecord(path, exchange.request.method, { decision: 'failed', reason }), role });
    }
    this.#options.log.completed(auditId, {
      ...end,
      status: outcome.status ?? refusal?.code ?? null,
      bytesIn: outcome.bytesIn,
      bytesOut: outcome.bytesOut,
      hopsMs,
      ...(outcome.kind === 'failed' && refusal === undefined ? { failure: 'the connection to the cluster broke' } : {}),
    });
  }

  /** At the end of the event loop's turn, in order: no tool waits for lines in the log, and many at once cost less. */
  #afterwards(task: () => void): void {
    this.#tasks.push(task);
    if (this.#tasks.length === 1) setImmediate(() => this.#runTasks());
  }

  #runTasks(): void {
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) {
      try {
        task();
      } catch (error) {
        this.#options.logger.error({ error: (error as Error).stack }, 'a request could not be logged');
      }
    }
  }

  #failed({ exchange, auditId }: Passage, error: Error): void {
    this.#options.logger.error({ error: error.stack, auditId }, 'a request failed unexpectedly');
    exchange.stream.destroy();
    this.#over();
  }

  #over(): void {
    this.#running -= 1;
    if (this.#running > 0) return;
    for (const tell of this.#whenSettled) tell();
    this.#whenSettled.clear();
  }

  /** The tunnel went, or the person's access did, while the request was on its way. */
  #refusalOfBreak(error: Error): status.Refusal {
    if (error instanceof MessageError) {
      return status.requestRefused(400, error.message, 'POSTERN_PROXY_REQUEST_INVALID');
    }
    const state = this.#options.upstream.state();
    if (state.kind === 'signed-out' || state.kind === 'revoked') return status.refusalFor(state);
    if (error instanceof TunnelError && error.code === 'POSTERN_TUNNEL_UNAVAILABLE') {
      return status.controllerUnreachable(state.kind === 'connecting' ? state.problem : null);
    }
    return status.upstreamBroke(error.message);
  }

  #refuse(passage: Passage, refusal: status.Refusal, decision: 'denied' | 'failed'): void {
    const { exchange, path, auditId, startedMs } = passage;
    const bytesOut = status.answer(exchange, refusal, auditId);
    this.#start(passage, ownRecord(path, exchange.request.method, { decision, reason: refusal.message }));
    const durationMs = Math.round((performance.now() - startedMs) * 100) / 100;
    this.#options.log.completed(auditId, {
      completedAt: this.#options.clock.now(),
      status: refusal.code,
      bytesIn: 0,
      bytesOut,
      durationMs,
      hopsMs: { proxy: durationMs },
    });
    this.#over();
  }

  #start(passage: Passage, record: RequestRecord): void {
    const { exchange, path, owner, person } = passage;
    this.#options.log.started(auditEventOf(exchange, path.kubernetesTarget, record, person, passage), {
      terminalId: owner.kind === 'terminal' ? owner.id : null,
    });
  }
}

function ended(): Error {
  return new TunnelError('POSTERN_TUNNEL_CLOSED', 'the sign-in has ended');
}

function refusalOf(error: unknown): status.Refusal {
  if (!(error instanceof ProxyError)) return status.failedUnexpectedly();
  const message = error.hint === undefined ? error.message : `${error.message}: ${error.hint}`;
  return status.requestRefused(error.code === 'POSTERN_PROXY_HOST_REFUSED' ? 403 : 400, message, error.code);
}

function isOurs(name: string): boolean {
  return name.startsWith(headerPrefix);
}

/** The gateway failed before it could record: an answer of its own, or one that was lost on the way. */
function unrecorded(head: ForwardedHead): Pick<RequestRecord, 'decision' | 'reason'> {
  return head.status < 400
    ? { decision: 'allowed', reason: null }
    : { decision: 'failed', reason: `the controller answered ${head.status} ${head.statusMessage}`.trim() };
}
