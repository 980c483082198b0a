import type { RequestRecord } from '../../../proxy-core/contract/headers.ts';
import type { AuditEvent } from '../../../proxy-core/contract/sessions.ts';
import { headerValue, type RequestHead } from '../../../proxy-core/tunnel/index.ts';
import { timestamp } from '../clock.ts';
import type { Caller } from '../identity/devices.ts';
import type { RequestAttributes } from '../policy/attributes.ts';

/** Longer values are cut: a log line is not a store for whatever a client sends. */
const maxTextLength = 2_048;
/** Query parameters whose values are credentials. */
const secretParameter = /^[^=]*(?:token|password|secret|credential|signature|authorization)[^=]*=/i;

/** The audit event of a request as it arrives: nothing known but who, where and how. */
export function arrivingRequest(
  request: RequestHead,
  { auditId, caller, cluster, nowMs }: { auditId: string; caller: Caller; cluster: string; nowMs: number },
): AuditEvent {
  const { device, sourceAddress } = caller;
  return {
    auditId,
    sessionId: null,
    startedAt: timestamp(nowMs),
    completedAt: null,
    user: device.person.name,
    groups: [...device.person.groups],
    device: { id: device.id, name: device.name },
    sourceAddress,
    cluster,
    role: null,
    grant: null,
    rule: null,
    decision: 'denied',
    reason: null,
    method: request.method,
    verb: '',
    apiGroup: '',
    apiVersion: '',
    resource: '',
    subresource: '',
    namespace: '',
    name: '',
    path: '',
    query: '',
    userAgent: cut(headerValue(request.headers, 'user-agent') ?? ''),
    kubectlCommand: cutOrNull(headerValue(request.headers, 'kubectl-command')),
    kubectlSession: cutOrNull(headerValue(request.headers, 'kubectl-session')),
    status: null,
    bytesIn: 0,
    bytesOut: 0,
    durationMs: null,
    hopsMs: {},
  };
}

/** Writes what a request asks for into its event. */
export function describeAttributes(event: AuditEvent, attributes: RequestAttributes, target: string): void {
  event.verb = attributes.verb;
  event.query = loggedQuery(target);
  if (attributes.kind === 'non-resource') {
    event.path = cut(attributes.path);
    return;
  }
  event.apiGroup = cut(attributes.apiGroup);
  event.apiVersion = cut(attributes.apiVersion);
  event.resource = cut(attributes.resource);
  event.subresource = cut(attributes.subresource);
  event.namespace = cut(attributes.namespace);
  event.name = cut(attributes.name);
}

const nonAscii = /[^\x20-\x7e]/;
const nonAsciiCharacters = /[^\x20-\x7e]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The record for the device's own log, as a header value: JSON in ASCII. */
export function recordHeaderValue(event: AuditEvent): string {
  const text = JSON.stringify(recordOf(event));
  return nonAscii.test(text) ? text.replace(nonAsciiCharacters, escaped) : text;
}

/** By hand: what is our own needs no schema's `parse`, which showed in the profile of every request. */
function recordOf(event: AuditEvent): RequestRecord {
  return {
    sessionId: event.sessionId,
    cluster: event.cluster,
    role: event.role,
    grant: event.grant,
    elevatedFrom: event.elevatedFrom,
    rule: event.rule,
    decision: event.decision,
    reason: event.reason,
    verb: event.verb,
    apiGroup: event.apiGroup,
    apiVersion: event.apiVersion,
    resource: event.resource,
    subresource: event.subresource,
    namespace: event.namespace,
    name: event.name,
    path: event.path,
  } satisfies Record<keyof RequestRecord, unknown>;
}

/** The query without the values of parameters that carry credentials. */
function loggedQuery(target: string): string {
  const start = target.indexOf('?');
  if (start === -1) return '';
  return cut(
    target
      .slice(start + 1)
      .split('&')
      .map((parameter) => secretParameter.exec(parameter)?.[0].concat('redacted') ?? parameter)
      .join('&'),
  );
}

/** A text as the log keeps it. */
export function cut(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
}

function cutOrNull(text: string | undefined): string | null {
  return text === undefined ? null : cut(text);
}
