import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import { errorCodes, isErrorCode, PosternError } from '../../../proxy-core/contract/errors.ts';
import {
  agentErrorHeader,
  auditIdHeader,
  headerPrefix,
  recordHeader,
  sessionHeader,
  timingHeader,
} from '../../../proxy-core/contract/headers.ts';
import type { AuditEvent } from '../../../proxy-core/contract/sessions.ts';
import { watchErrorEvent } from '../../../proxy-core/contract/watch-error.ts';
import {
  type Cut,
  type Exchange,
  endToEndHeaders,
  type ForwardOutcome,
  HttpServer,
  headerValue,
  MessageError,
  maxHeaderBytes,
  withoutHeaders,
} from '../../../proxy-core/tunnel/index.ts';
import { type Clock, timestamp } from '../clock.ts';
import { ControllerError, GatewayError } from '../errors.ts';
import type { AgentLink } from '../hub/agent-link.ts';
import type { Hub } from '../hub/hub.ts';
import type { Caller } from '../identity/devices.ts';
import type { ControllerMetrics } from '../metrics.ts';
import type { AuditLog, RunningEvent } from '../store/audit-log.ts';
import { type AdmissionDependencies, type Admitted, admit } from './admission.ts';
import { auditIdOf, withoutIdentity } from './headers.ts';
import { answerStatus, kubernetesStatus } from './kubernetes-status.ts';
import { arrivingRequest, cut, recordHeaderValue } from './request-event.ts';
import { gatewayTarget } from './target.ts';
import { readTiming, roundMs, writeTiming } from './timing.ts';

export interface GatewayDependencies extends AdmissionDependencies {
  hub: Pick<Hub, 'clusterRoleRules' | 'knownClusterRoleRules' | 'offlineSinceMs' | 'linkFor' | 'readyLink'>;
  audit: Pick<AuditLog, 'begin' | 'record'>;
  metrics: ControllerMetrics;
  clock: Clock;
  logger: Logger;
}

/** One request on its way through. */
interface Passage {
  exchange: Exchange;
  event: AuditEvent;
  /** On the monotonic clock. */
  receivedMs: number;
}

/** An account that the agent has forgotten is made anew, once. */
const maxAttempts = 2;

/** Authorises, logs and forwards every Kubernetes request of every device. */
export class Gateway {
  readonly #with: GatewayDependencies;
  readonly #finish = new AbortController();

  constructor(dependencies: GatewayDependencies) {
    this.#with = dependencies;
    setMaxListeners(0, this.#finish.signal);
  }

  /** The HTTP server for one device's streams: who calls is fixed by the connection, whatever a request says. */
  serverFor(caller: Caller): HttpServer {
    return new HttpServer({
      maxHeadBytes: maxHeaderBytes,
      onRequest: (exchange) => this.#start(caller, exchange),
      onUnreadable: (exchange, error) => void answerStatus(exchange, kubernetesStatus(error), []),
    });
  }

  /** Ends running watches with their proper terminator, so that their clients list anew elsewhere. */
  finish(): void {
    this.#finish.abort();
  }

  #start(caller: Caller, exchange: Exchange): void {
    this.#pass(caller, exchange).catch((error: unknown) => {
      this.#with.logger.error({ err: error }, 'a request could not be answered');
      exchange.stream.destroy();
    });
  }

  async #pass(caller: Caller, exchange: Exchange): Promise<void> {
    const { clock, metrics, logger } = this.#with;
    const { request } = exchange;
    const auditId = auditIdOf(headerValue(request.headers, auditIdHeader));
    const event = arrivingRequest(request, { auditId, caller, cluster: '', nowMs: clock.now() });
    const passage: Passage = { exchange, event, receivedMs: performance.now() };
    const done = metrics.requestStarted();
    try {
      // Where one hop sees a tunnel's bytes, the next could see requests.
      if (request.method === 'CONNECT')
        throw new GatewayError('POSTERN_REQUEST_AMBIGUOUS', 'CONNECT is not served here');
      const target = gatewayTarget(request.target);
      event.cluster = target.cluster;
      const admission = admit(
        { method: request.method, rawHeaders: request.headers, caller, target },
        event,
        this.#with,
      );
      await this.#forward(passage, admission instanceof Promise ? await admission : admission);
    } catch (error) {
      if (!(error instanceof PosternError)) logger.error({ err: error, auditId }, 'a request failed at the gateway');
      await this.#refuse(passage, error);
    } finally {
      done(event);
    }
  }

  async #refuse(passage: Passage, error: unknown): Promise<void> {
    const { event } = passage;
    const status = kubernetesStatus(error);
    event.decision = status.code >= 500 ? 'failed' : 'denied';
    event.reason = cut(status.message);
    event.status = status.code;
    event.bytesOut = this.#answer(passage, error);
    this.#stamp(event, passage);
    await this.#with.audit.record(event).catch((cause: unknown) => {
      this.#with.logger.error({ err: cause, auditId: event.auditId }, 'a refusal could not be recorded');
    });
  }

  /** @returns the bytes of the answer */
  #answer({ exchange, event, receivedMs }: Passage, error: unknown): number {
    return answerStatus(exchange, kubernetesStatus(error), [
      auditIdHeader,
      event.auditId,
      recordHeader,
      recordHeaderValue(event),
      timingHeader,
      writeTiming({ gateway: performance.now() - receivedMs }),
    ]);
  }

  async #forward(passage: Passage, admitted: Admitted): Promise<void> {
    const { clock, audit, hub } = this.#with;
    const { event, exchange } = passage;
    const { session } = admitted;
    const stream = session.begin(clock.now());
    let running: RunningEvent | undefined;
    let outcome: ForwardOutcome | undefined;
    try {
      const begun = audit.begin(event);
      running = begun instanceof Promise ? await begun : begun;
      let link = hub.readyLink(event.cluster, session.forHub) ?? (await this.#announce(admitted, stream.cut));
      for (let attempt = 1; ; attempt += 1) {
        outcome = await this.#send(passage, admitted, link, stream.cut);
        if (outcome.kind !== 'intercepted') break;
        link.announced.delete(event.sessionId!);
        link = await this.#announce(admitted, stream.cut);
        if (attempt === maxAttempts || exchange.hasBody) {
          throw new ControllerError(
            'POSTERN_AGENT_SESSION_UNKNOWN',
            'the account for this session had just been removed and was made anew',
            {
              hint: 'run the command again',
            },
          );
        }
      }
      this.#conclude(event, outcome);
    } catch (error) {
      const status = kubernetesStatus(error);
      event.decision = 'failed';
      event.reason = cut(status.message);
      event.status = status.code;
      if (!(error instanceof PosternError))
        this.#with.logger.error({ err: error, auditId: event.auditId }, 'a request failed at the gateway');
      event.bytesOut = this.#answer(passage, error);
    } finally {
      stream.done({ bytesIn: outcome?.bytesIn ?? 0, bytesOut: outcome?.bytesOut ?? event.bytesOut });
      this.#stamp(event, passage);
      running?.complete();
    }
  }

  async #announce({ session }: Admitted, cut: Cut): Promise<AgentLink> {
    // An agent that was told of it now would keep its account until that is idle.
    if (cut.reason !== undefined) throw cut.reason;
    // As the role is by now; without it the session would have ended.
    const role = this.#with.policy.current.role(session.record.role)!;
    return this.#with.hub.linkFor(session.record.cluster, session.forAgent(role.spec));
  }

  #send(
    passage: Passage,
    { session, attributes, target }: Admitted,
    link: AgentLink,
    cut: Cut,
  ): Promise<ForwardOutcome> {
    const { exchange, event } = passage;
    const headers = withoutIdentity(endToEndHeaders(exchange.request.headers));
    headers.push(sessionHeader, session.record.id, auditIdHeader, event.auditId);
    const isWatch = attributes.verb === 'watch';
    let contentType: string | undefined;
    const isStream = isWatch || (attributes.kind === 'resource' && attributes.subresource === 'log');
    return exchange.forward({
      pool: link.kubernetes,
      target,
      headers,
      cut,
      finish: this.#finish.signal,
      lastLine: isWatch ? (reason) => watchErrorEvent(contentType, kubernetesStatus(reason)) : undefined,
      whenBroken: isStream ? 'terminate' : 'cut',
      intercept: ({ status, headers: said }) =>
        status === 409 && headerValue(said, agentErrorHeader) === 'POSTERN_AGENT_SESSION_UNKNOWN',
      onResponse: (head) => {
        const hops = readTiming(headerValue(head.headers, timingHeader));
        const known = Object.values(hops).reduce((sum, ms) => sum + ms, 0);
        event.hopsMs = { ...hops, gateway: roundMs(performance.now() - passage.receivedMs - known) };
        event.status = head.status;
        if (isWatch) contentType = headerValue(head.headers, 'content-type');
        const agentError = headerValue(head.headers, agentErrorHeader);
        if (isErrorCode(agentError)) {
          event.decision = 'failed';
          event.reason = errorCodes[agentError];
        }
        head.headers = withoutHeaders(head.headers, (name) => name.startsWith(headerPrefix) || name === auditIdHeader);
        head.headers.push(
          auditIdHeader,
          event.auditId,
          recordHeader,
          recordHeaderValue(event),
          timingHeader,
          writeTiming(event.hopsMs),
        );
      },
      onError: (error) => {
        const failure =
          error instanceof MessageError || (error instanceof PosternError && !error.code.startsWith('POSTERN_TUNNEL'))
            ? error
            : agentLost(event.cluster, error);
        event.decision = 'failed';
        event.reason = failure.message;
        event.status = kubernetesStatus(failure).code;
        this.#answer(passage, failure);
      },
    });
  }

  #conclude(event: AuditEvent, outcome: ForwardOutcome): void {
    event.bytesIn = outcome.bytesIn;
    event.bytesOut = outcome.bytesOut;
    event.status = outcome.status ?? event.status;
    switch (outcome.kind) {
      case 'completed':
      case 'finished':
      case 'intercepted':
        return;
      case 'client-gone':
        event.reason = 'the client went away';
        return;
      case 'cut':
        event.reason = outcome.error?.message ?? 'the session ended';
        return;
      case 'failed':
        event.decision = 'failed';
        event.reason ??= outcome.error?.message ?? 'the cluster’s agent was lost';
        return;
      default:
        outcome.kind satisfies never;
    }
  }

  #stamp(event: AuditEvent, { receivedMs }: Passage): void {
    event.completedAt = timestamp(this.#with.clock.now());
    event.durationMs = roundMs(performance.now() - receivedMs);
  }
}

function agentLost(cluster: string, cause: Error): ControllerError {
  return new ControllerError('POSTERN_CLUSTER_OFFLINE', `the agent of cluster ${cluster} was lost while it was asked`, {
    cause,
    hint: 'run the command again',
  });
}
