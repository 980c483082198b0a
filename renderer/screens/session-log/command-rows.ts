import type { SessionDetail } from '../../../proxy-core/contract/app.ts';
import type { AuditEvent } from '../../../proxy-core/contract/sessions.ts';

export type LoggedCommand = SessionDetail['commands'][number];
export type OutcomeFilter = 'all' | LoggedCommand['outcome'];

/** A line of the table: a command, or one of its requests. */
export type LogRow =
  | { kind: 'command'; id: string; command: LoggedCommand; requests: LogRow[] }
  | { kind: 'request'; id: string; request: AuditEvent };

/** The newest command first; its requests in the order in which they were made. */
export function commandRows(commands: LoggedCommand[], outcome: OutcomeFilter): LogRow[] {
  return commands
    .filter((command) => outcome === 'all' || command.outcome === outcome)
    .toSorted((a, b) => b.startedAt.localeCompare(a.startedAt))
    .map((command) => ({
      kind: 'command',
      // A command's id is the audit id of its first request, which has a line of its own.
      id: `command-${command.id}`,
      command,
      requests: command.requests.map((request) => ({ kind: 'request', id: request.auditId, request })),
    }));
}

/** What a request asks for, as one reads it: `pods/exec`, `deployments.apps`, or the path. */
export function requestTarget(request: AuditEvent): string {
  if (!request.resource) return request.path;
  const group = request.apiGroup ? `.${request.apiGroup}` : '';
  const subresource = request.subresource ? `/${request.subresource}` : '';
  return `${request.resource}${group}${subresource}`;
}

/** The namespace that a request was in. Kubernetes counts a namespace as lying in itself, which nobody means. */
export function requestNamespace({ resource, namespace }: AuditEvent): string {
  return resource === 'namespaces' ? '' : namespace;
}

/**
 * What a command was about where its tool stated the command without its arguments, as kubectl does outside our terminals.
 * Taken from its last request for a resource, since those before it are discovery.
 */
export function commandSubject({ commandLine, label, requests }: LoggedCommand): string | null {
  if (commandLine !== null || label !== 'stated') return null;
  const request = requests.findLast(({ resource }) => resource !== '');
  if (!request) return null;
  const namespace = requestNamespace(request);
  return namespace === '' ? requestTarget(request) : `${requestTarget(request)} in ${namespace}`;
}
