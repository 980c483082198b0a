import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../../proxy-core/contract/sessions.ts';
import { commandRows, commandSubject, type LoggedCommand } from './command-rows.ts';

function request(auditId: string, details: Partial<AuditEvent> = {}): AuditEvent {
  return {
    auditId,
    resource: '',
    apiGroup: '',
    subresource: '',
    namespace: '',
    path: '/version',
    ...details,
  } as AuditEvent;
}

function command(details: Partial<LoggedCommand>): LoggedCommand {
  return { id: 'a', label: 'stated', commandLine: null, requests: [], startedAt: '', ...details } as LoggedCommand;
}

describe('the rows of the session log', () => {
  it('keep a command apart from its first request, whose audit id is the command’s id', () => {
    const [row] = commandRows([command({ id: 'a', requests: [request('a'), request('b')] })], 'all');
    const ids = row?.kind === 'command' ? [row.id, ...row.requests.map(({ id }) => id)] : [];
    expect(new Set(ids).size).toBe(3);
  });

  it('say what a command was about where its tool left out the arguments', () => {
    const requests = [request('a'), request('b', { resource: 'deployments', apiGroup: 'apps', namespace: 'shop' })];
    expect(commandSubject(command({ requests }))).toBe('deployments.apps in shop');
    expect(commandSubject(command({ requests, commandLine: 'kubectl get deploy -n shop' }))).toBeNull();
    expect(commandSubject(command({ requests: [request('a')] }))).toBeNull();
  });

  it('do not put a namespace into itself', () => {
    const requests = [request('b', { resource: 'namespaces', namespace: 'shop', name: 'shop' })];
    expect(commandSubject(command({ requests }))).toBe('namespaces');
  });

  it('do not guess at what a folded tool was about', () => {
    const requests = [request('b', { resource: 'pods', namespace: 'shop' })];
    expect(commandSubject(command({ requests, label: 'inferred' }))).toBeNull();
  });
});
