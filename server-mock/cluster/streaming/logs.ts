import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { badRequest, type FieldError, invalid } from '../status.ts';
import type { StreamingTarget } from '../streaming-types.ts';
import type { Containers } from './container/containers.ts';
import type { ContainerLog, LogLine } from './container/log.ts';
import { containerName, statusOf } from './target.ts';

interface LogOptions {
  follow: boolean;
  previous: boolean;
  timestamps: boolean;
  tailLines: number | undefined;
  limitBytes: number | undefined;
  /** Milliseconds since the epoch. */
  since: number | undefined;
}

/**
 * `GET pods/NAME/log`: what a container has printed, and with `follow` what it prints until it stops.
 *
 * @throws {StatusError} 400 and 422, in the words of kube-apiserver and kubelet
 * @see Kubernetes core/v1 PodLogOptions; validation.ValidatePodLogOptions (v1.33)
 */
export async function logs(
  deps: { containers: Containers; clock: Clock; closing: AbortSignal },
  request: IncomingMessage,
  response: ServerResponse,
  target: StreamingTarget,
): Promise<void> {
  const options = parseLogOptions(target.query, deps.clock.now());
  const log = findLog(target, options, deps.containers);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  request.on('error', () => gone.abort());
  response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  const signal = AbortSignal.any([gone.signal, deps.closing]);
  await write(response, selected(log, options, signal), options, signal);
  response.end();
}

async function* selected(log: ContainerLog, options: LogOptions, signal: AbortSignal): AsyncGenerator<LogLine> {
  const { since = Number.NEGATIVE_INFINITY, tailLines } = options;
  const next = log.next;
  const past = log.lines().filter(({ time }) => time >= since);
  yield* tailLines === undefined ? past : past.slice(Math.max(0, past.length - tailLines));
  if (options.follow) yield* log.follow(next, signal);
}

async function write(
  response: ServerResponse,
  lines: AsyncIterable<LogLine>,
  options: LogOptions,
  signal: AbortSignal,
): Promise<void> {
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const { time, text } of lines) {
    if (signal.aborted) return;
    const stamp = options.timestamps ? `${new Date(time).toISOString().replace('Z', '000000Z')} ` : '';
    const bytes = Buffer.from(`${stamp}${text}\n`);
    const shown = bytes.length > left ? bytes.subarray(0, left) : bytes;
    left -= shown.length;
    if (!response.write(shown)) await drained(response, signal);
    if (left === 0) return;
  }
}

/** A reader that does not read waits here, and nothing is kept for it but its place in the log. */
function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    response.once('drain', done).once('close', done);
    signal.addEventListener('abort', done, { once: true });
  });
}

function findLog(target: StreamingTarget, options: LogOptions, containers: Containers): ContainerLog {
  const name = containerName(target);
  const { pod } = target;
  const status = statusOf(pod, name);
  const container =
    status?.state.running || status?.lastState.terminated || status?.state.terminated
      ? containers.of(pod, name)
      : containers.find(pod, name);
  if (!container) {
    const reason = status?.state.waiting?.reason ?? (pod.spec.nodeName ? 'ContainerCreating' : undefined);
    throw badRequest(
      reason
        ? `container "${name}" in pod "${pod.metadata.name}" is waiting to start: ${reason}`
        : `pod ${pod.metadata.name} does not have a host assigned`,
    );
  }
  if (!options.previous) return container.log;
  // While it does not run, the run before the next one is the one just ended.
  const previous = container.running ? container.previousLog : container.log;
  if (!previous || (status?.restartCount ?? 0) === 0) {
    throw badRequest(`previous terminated container "${name}" in pod "${pod.metadata.name}" not found`);
  }
  return previous;
}

function parseLogOptions(query: URLSearchParams, now: number): LogOptions {
  const errors: FieldError[] = [];
  const number = (field: string, least: number): number | undefined => {
    const text = query.get(field);
    if (text === null || text === '') return undefined;
    if (!/^-?\d{1,15}$/.test(text))
      throw badRequest(`${field}: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
    const value = Number(text);
    if (value < least) {
      const message = `Invalid value: ${value}: must be greater than ${least === 0 ? 'or equal to 0' : '0'}`;
      errors.push({ reason: 'FieldValueInvalid', field, message });
    }
    return value;
  };
  const flag = (field: string) => ['1', 'true', 'True', 'TRUE', 't', 'T'].includes(query.get(field) ?? '');
  const tailLines = number('tailLines', 0);
  const limitBytes = number('limitBytes', 1);
  const sinceSeconds = number('sinceSeconds', 1);
  const sinceText = query.get('sinceTime') ?? '';
  const sinceTime = sinceText === '' ? undefined : Date.parse(sinceText);
  if (Number.isNaN(sinceTime)) throw badRequest(`sinceTime: ${JSON.stringify(sinceText)} is no RFC 3339 time`);
  if (sinceTime !== undefined && sinceSeconds !== undefined) {
    const message = 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified';
    errors.push({ reason: 'FieldValueForbidden', field: '', message });
  }
  if (errors.length > 0) throw invalid('PodLogOptions', '', '', errors);
  return {
    follow: flag('follow'),
    previous: flag('previous'),
    timestamps: flag('timestamps'),
    tailLines,
    limitBytes,
    since: sinceTime ?? (sinceSeconds === undefined ? undefined : now - sinceSeconds * 1000),
  };
}
