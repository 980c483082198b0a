import type { SessionDetail } from '../../../proxy-core/contract/app.ts';
import type { AuditEvent, Command, Session, SessionEndReason } from '../../../proxy-core/contract/sessions.ts';
import {
  type CommandTemplate,
  deniedCommand,
  everydayCommands,
  failedCommand,
  runningCommand,
} from './fake-commands.ts';
import { alice, device, fakeId, randomFrom } from './people.ts';

const pastSessions = 140;
const endReasons: SessionEndReason[] = ['idle', 'disconnected', 'idle', 'signed-out', 'expired', 'agent-lost'];
const reasons = [null, null, 'INC-4211, checkout pods restart since 09:40', null, 'Release 2026.11 rollout', null];

/** Sessions with their commands and requests, newest first. */
export function fakeLog(now: Date): SessionDetail[] {
  const random = randomFrom(7);
  const active = [
    makeSession(now, {
      index: 1,
      cluster: 'dev',
      role: 'editor',
      grant: 'developers-edit-dev',
      minutesAgo: 34,
      random,
    }),
    makeSession(now, {
      index: 2,
      cluster: 'prod',
      role: 'viewer',
      grant: 'developers-view-prod',
      minutesAgo: 58,
      random,
    }),
  ];
  addCommands(
    active[0]!,
    [...everydayCommands, failedCommand, ...everydayCommands.slice(0, 4), runningCommand],
    random,
  );
  addCommands(active[1]!, [everydayCommands[0]!, everydayCommands[6]!, deniedCommand, everydayCommands[1]!], random);
  const past = Array.from({ length: pastSessions }, (_, index) => {
    const minutesAgo = 150 + index * 97 + random() * 60;
    const clusterName = ['dev', 'prod', 'staging', 'dev', 'edge-munich'][index % 5]!;
    const detail = makeSession(now, {
      index: 10 + index,
      cluster: clusterName,
      role: index % 3 === 0 ? 'editor' : 'viewer',
      grant: index % 3 === 0 ? 'developers-edit-dev' : 'developers-view-prod',
      minutesAgo,
      random,
      reason: reasons[index % reasons.length] ?? null,
    });
    const picked = everydayCommands.filter(() => random() > 0.45);
    addCommands(detail, index % 7 === 2 ? [...picked, deniedCommand] : picked, random);
    const endedAt = new Date(new Date(detail.session.startedAt).getTime() + (12 + random() * 50) * 60_000);
    detail.session.endedAt = endedAt.toISOString();
    detail.session.endReason = endReasons[index % endReasons.length]!;
    return detail;
  });
  return [...active, ...past];
}

interface SessionParts {
  index: number;
  cluster: string;
  role: string;
  grant: string;
  minutesAgo: number;
  random: () => number;
  reason?: string | null;
}

export function makeSession(now: Date, parts: SessionParts): SessionDetail {
  const startedAt = new Date(now.getTime() - parts.minutesAgo * 60_000).toISOString();
  const session: Session = {
    id: fakeId(1, parts.index),
    user: alice.name,
    device,
    sourceAddress: '192.0.2.41',
    cluster: parts.cluster,
    role: parts.role,
    grant: parts.grant,
    reason: parts.reason ?? null,
    startedAt,
    lastActiveAt: startedAt,
    endedAt: null,
    endReason: null,
    expiresAt: new Date(now.getTime() + 7.4 * 3_600_000).toISOString(),
    requestCount: 0,
    deniedCount: 0,
    bytesIn: 0,
    bytesOut: 0,
  };
  return { session, commands: [] };
}

function addCommands(detail: SessionDetail, templates: CommandTemplate[], random: () => number): void {
  let at = new Date(detail.session.startedAt).getTime();
  for (const template of templates) {
    at += 20_000 + random() * 110_000;
    addCommand(detail, template, new Date(at), random);
  }
}

/** Adds one command with its requests, and counts them in the session. */
export function addCommand(
  detail: SessionDetail,
  template: CommandTemplate,
  startedAt: Date,
  random: () => number,
): SessionDetail['commands'][number] {
  const { session } = detail;
  const index = Number.parseInt(session.id.slice(-4), 16) * 1000 + detail.commands.length;
  let at = startedAt.getTime();
  const requests = template.requests.map((parts, position): AuditEvent => {
    const hopsMs = {
      proxy: 0.2 + random() * 0.3,
      gateway: 0.5 + random() * 0.8,
      agent: 0.4 + random() * 0.5,
      kubernetes: 2 + random() * 24,
    };
    const durationMs = Object.values(hopsMs).reduce((sum, ms) => sum + ms, 0.6);
    const request: AuditEvent = {
      auditId: fakeId(2, index * 100 + position),
      sessionId: session.id,
      startedAt: new Date(at).toISOString(),
      completedAt: new Date(at + durationMs).toISOString(),
      user: session.user,
      groups: alice.groups,
      device,
      sourceAddress: session.sourceAddress,
      cluster: session.cluster,
      role: session.role,
      grant: session.grant,
      rule: `${parts.resource || parts.path}: get,list,watch`,
      decision: 'allowed',
      reason: null,
      method: 'GET',
      apiGroup: '',
      apiVersion: 'v1',
      subresource: '',
      namespace: '',
      name: '',
      path: '',
      query: '',
      userAgent:
        template.tool === 'kubectl' ? 'kubectl/v1.34.1 (linux/amd64) kubernetes/93248f9' : `${template.tool}/2026.9`,
      kubectlCommand: template.tool === 'kubectl' ? template.line.split(' ').slice(0, 2).join(' ') : null,
      kubectlSession: template.tool === 'kubectl' ? fakeId(4, index) : null,
      status: 200,
      bytesIn: 0,
      bytesOut: 0,
      durationMs,
      hopsMs,
      ...parts,
    };
    at += durationMs + 4;
    return request;
  });
  const isRunning = requests.some((request) => request.completedAt === null);
  const denied = requests.filter((request) => request.decision === 'denied').length;
  const outcome: Command['outcome'] = isRunning
    ? 'running'
    : denied > 0
      ? 'denied'
      : requests.some((request) => (request.status ?? 0) >= 400)
        ? 'failed'
        : 'succeeded';
  const command = {
    id: `command-${index}`,
    sessionId: session.id,
    label: template.tool === 'kubectl' ? ('stated' as const) : ('inferred' as const),
    title: template.exact ? template.line.split(' ').slice(0, 2).join(' ') : template.line,
    commandLine: template.exact ? template.line : null,
    tool: template.tool,
    startedAt: startedAt.toISOString(),
    endedAt: isRunning ? null : new Date(at).toISOString(),
    outcome,
    requestCount: requests.length,
    requests,
  };
  detail.commands.push(command);
  session.requestCount += requests.length;
  session.deniedCount += denied;
  session.bytesIn += requests.reduce((sum, request) => sum + request.bytesIn, 0);
  session.bytesOut += requests.reduce((sum, request) => sum + request.bytesOut, 0);
  session.lastActiveAt = new Date(at).toISOString();
  return command;
}
