import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SessionLogEvent } from '../contract/app.ts';
import {
  type AuditEvent,
  auditEvent,
  command as commandSchema,
  session as sessionSchema,
} from '../contract/sessions.ts';
import { feedLimit } from './live-feed.ts';
import { waitingLimit } from './log-file.ts';
import { openSessionLog } from './open-session-log.ts';
import { end, request, session, time, uuid } from './testing-events.ts';
import type { SessionLog, SessionLogOptions } from './types.ts';

const here = { terminalId: null };

describe('the session log', () => {
  let folder: string;
  let path: string;
  let log: SessionLog;
  let warnings: string[];
  const open = (options: Partial<SessionLogOptions> = {}) =>
    openSessionLog({
      path,
      clock: { now: () => time(0) },
      logger: { warn: (_fields, message) => warnings.push(message) },
      ...options,
    });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-log-'));
    path = join(folder, 'session-log.sqlite');
    warnings = [];
    log = open();
  });
  afterEach(async () => {
    await log.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('shows sessions, their commands and their requests, as the contract has them', async () => {
    log.sessionChanged(session(1));
    const headers = { kubectlCommand: 'kubectl get', kubectlSession: 'k1' };
    log.started(request(1, headers), here);
    log.completed(request(1).auditId, end(2));
    log.started(request(3, { ...headers, decision: 'denied', verb: 'list', reason: 'no grant' }), here);
    log.completed(request(3).auditId, end(4, { status: 403 }));
    const { sessions } = await log.list({ limit: 10 });
    expect(sessions).toHaveLength(1);
    expect(sessions[0]).toMatchObject({
      id: uuid(1),
      sourceAddress: '10.0.0.1',
      requestCount: 2,
      deniedCount: 1,
      bytesOut: 200,
      lastActiveAt: time(4).toISOString(),
    });
    const detail = await log.get(uuid(1));
    sessionSchema.parse(detail.session);
    expect(detail.commands).toHaveLength(1);
    const [command] = detail.commands;
    commandSchema.parse(command);
    for (const logged of command?.requests ?? []) auditEvent.parse(logged);
    expect(command).toMatchObject({
      title: 'kubectl get',
      label: 'stated',
      tool: 'kubectl',
      outcome: 'denied',
      requestCount: 2,
      endedAt: time(4).toISOString(),
    });
    expect(command?.requests.map(({ status, durationMs }) => [status, durationMs])).toEqual([
      [200, 5],
      [403, 5],
    ]);
  });

  test('shows a running watch before it ends', async () => {
    log.started(request(1, { verb: 'watch' }), here);
    const { commands, session: shown } = await log.get(uuid(1));
    expect(commands[0]).toMatchObject({ outcome: 'running', endedAt: null });
    expect(commands[0]?.requests[0]).toMatchObject({ verb: 'watch', completedAt: null, status: null });
    expect(shown).toMatchObject({ cluster: 'dev', role: 'viewer', requestCount: 1 });
  });

  test('a session that its requests made known becomes the controller’s when its push comes, and counts never fall', async () => {
    log.started(request(5), here);
    log.completed(request(5).auditId, end(6));
    log.sessionChanged(session(1, { reason: 'incident 7', requestCount: 0 }));
    expect((await log.get(uuid(1))).session).toMatchObject({ reason: 'incident 7', requestCount: 1, bytesOut: 100 });
    log.sessionChanged(session(1, { requestCount: 9, endedAt: time(20).toISOString(), endReason: 'idle' }));
    expect((await log.get(uuid(1))).session).toMatchObject({ requestCount: 9, endReason: 'idle' });
  });

  test('a terminal’s command line gathers what several tools and sessions did, and its exit code is the outcome', async () => {
    const there = { terminalId: 't1' };
    log.noteCommandLine('t1', 'kubectl get po && helm ls', time(1));
    log.started(request(2, { kubectlSession: 'k1', kubectlCommand: 'kubectl get' }), there);
    log.completed(request(2).auditId, end(3));
    log.started(request(4, { userAgent: 'Helm/3.14.0' }), there);
    log.completed(request(4).auditId, end(5, { status: 404 }));
    log.started(request(6, { sessionId: uuid(2), cluster: 'prod', userAgent: 'Helm/3.14.0' }), there);
    log.completed(request(6).auditId, end(7));
    expect((await log.get(uuid(1))).commands).toMatchObject([
      {
        title: 'kubectl get po && helm ls',
        commandLine: 'kubectl get po && helm ls',
        requestCount: 2,
        outcome: 'running',
      },
    ]);
    log.commandEnded('t1', 0, time(8));
    expect((await log.get(uuid(1))).commands).toMatchObject([{ outcome: 'succeeded', endedAt: time(8).toISOString() }]);
    expect((await log.get(uuid(2))).commands).toMatchObject([{ outcome: 'succeeded', requestCount: 1 }]);
    log.started(request(60, { userAgent: 'Helm/3.14.0' }), there);
    expect((await log.get(uuid(1))).commands[1]).toMatchObject({ label: 'inferred', title: 'helm', commandLine: null });
  });

  test('a command line whose end was never told ends with the next one', async () => {
    const there = { terminalId: 't1' };
    log.noteCommandLine('t1', 'kubectl get po', time(1));
    log.started(request(2, { kubectlSession: 'k1', kubectlCommand: 'kubectl get' }), there);
    log.completed(request(2).auditId, end(3));
    log.noteCommandLine('t1', 'ls', time(4));
    expect((await log.get(uuid(1))).commands).toMatchObject([{ outcome: 'succeeded', endedAt: time(4).toISOString() }]);
  });

  test('outcomes: what a command found and then finds no more is gone as it should be', async () => {
    const ask = (at: number, verb: string, status: number, changes: Partial<AuditEvent> = {}) => {
      const asked = request(at, {
        kubectlSession: 'k1',
        kubectlCommand: 'kubectl delete',
        name: 'web',
        verb,
        ...changes,
      });
      log.started(asked, here);
      log.completed(asked.auditId, end(at + 1, { status }));
    };
    ask(1, 'delete', 200);
    ask(3, 'get', 404);
    const logs = { kubectlSession: 'k2', kubectlCommand: 'kubectl logs' };
    ask(5, 'get', 200, logs);
    ask(7, 'get', 404, { ...logs, subresource: 'log' });
    const { commands } = await log.get(uuid(1));
    expect(commands.map(({ title, outcome }) => [title, outcome])).toEqual([
      ['kubectl delete', 'succeeded'],
      ['kubectl logs', 'failed'],
    ]);
  });

  test('outcomes: a 404 on the way is no failure, the last answer is', async () => {
    const one = { kubectlSession: 'k1', kubectlCommand: 'kubectl apply' };
    log.started(request(1, one), here);
    log.completed(request(1).auditId, end(2, { status: 404 }));
    log.started(request(3, { ...one, verb: 'create' }), here);
    log.completed(request(3).auditId, end(4, { status: 201 }));
    const two = { kubectlSession: 'k2', kubectlCommand: 'kubectl get' };
    log.started(request(5, two), here);
    log.completed(request(5).auditId, end(6, { status: 404 }));
    const three = { kubectlSession: 'k3', kubectlCommand: 'kubectl logs' };
    log.started(request(7, three), here);
    log.completed(request(7).auditId, end(8, { failure: 'the connection to the cluster broke' }));
    const { commands } = await log.get(uuid(1));
    expect(commands.map(({ title, outcome }) => [title, outcome])).toEqual([
      ['kubectl apply', 'succeeded'],
      ['kubectl get', 'failed'],
      ['kubectl logs', 'failed'],
    ]);
    expect(commands[2]?.requests[0]).toMatchObject({
      decision: 'failed',
      reason: 'the connection to the cluster broke',
    });
  });

  test('a refusal made on this device goes to the session that is in use there', async () => {
    log.sessionChanged(session(1));
    const refused = request(3, { sessionId: null, decision: 'failed', reason: 'offline' });
    log.started(refused, here);
    log.completed(refused.auditId, end(3, { status: 503 }));
    expect((await log.get(uuid(1))).commands[0]?.requests[0]).toMatchObject({ sessionId: uuid(1), status: 503 });
    const elsewhere = request(4, { sessionId: null, cluster: 'prod' });
    log.started(elsewhere, here);
    log.completed(elsewhere.auditId, end(4));
    expect((await log.list({ limit: 10 })).sessions).toHaveLength(1);
  });

  test('lists newest first, by pages, by cluster, by activity', async () => {
    for (let n = 1; n <= 5; n++) {
      log.sessionChanged(
        session(n, {
          cluster: n % 2 === 0 ? 'prod' : 'dev',
          endedAt: n <= 2 ? time(50).toISOString() : null,
          endReason: n <= 2 ? 'idle' : null,
        }),
      );
    }
    const first = await log.list({ limit: 2 });
    expect(first.sessions.map(({ id }) => id)).toEqual([uuid(5), uuid(4)]);
    const second = await log.list({ limit: 2, cursor: first.nextCursor ?? '' });
    expect(second.sessions.map(({ id }) => id)).toEqual([uuid(3), uuid(2)]);
    const last = await log.list({ limit: 2, cursor: second.nextCursor ?? '' });
    expect(last).toMatchObject({ sessions: [{ id: uuid(1) }], nextCursor: null });
    expect((await log.list({ limit: 10, cluster: 'prod' })).sessions).toHaveLength(2);
    expect((await log.list({ limit: 10, active: true })).sessions).toHaveLength(3);
    expect((await log.list({ limit: 10, active: false })).sessions).toHaveLength(2);
    expect((await log.list({ limit: 10, cursor: 'nonsense' })).sessions).toHaveLength(5);
  });

  test('searches sessions, command lines and the names of what was touched, by all words', async () => {
    log.sessionChanged(session(1, { reason: 'incident 100%' }));
    log.sessionChanged(session(2, { cluster: 'prod' }));
    log.noteCommandLine('t1', 'kubectl delete pod checkout_7', time(3));
    log.started(request(4, { sessionId: uuid(2), namespace: 'shop', name: 'checkout-7' }), { terminalId: 't1' });
    const found = async (search: string) => (await log.list({ limit: 10, search })).sessions.map(({ id }) => id);
    expect(await found('Incident')).toEqual([uuid(1)]);
    expect(await found('DELETE checkout')).toEqual([uuid(2)]);
    expect(await found('shop/checkout-7')).toEqual([uuid(2)]);
    expect(await found('delete incident')).toEqual([]);
    expect(await found('100%')).toEqual([uuid(1)]);
    expect(await found('%')).toEqual([uuid(1)]);
    expect(await found("'; DROP TABLE sessions; --")).toEqual([]);
    expect(await found('  ')).toHaveLength(2);
  });

  test('an unknown session is said to be unknown', async () => {
    await expect(log.get(uuid(404))).rejects.toMatchObject({ code: 'POSTERN_SESSION_UNKNOWN' });
  });

  test('ends sessions that the controller no longer knows', async () => {
    log.sessionChanged(session(1));
    log.sessionChanged(session(2));
    log.sessionsKnown([session(2)]);
    const { sessions } = await log.list({ limit: 10 });
    expect(sessions.map(({ id, endReason }) => [id, endReason])).toEqual([
      [uuid(2), null],
      [uuid(1), 'disconnected'],
    ]);
  });

  test('a watcher gets the running sessions first, then every change as it happens', async () => {
    log.sessionChanged(session(1));
    const abort = new AbortController();
    const events: SessionLogEvent[] = [];
    const watching = (async () => {
      for await (const event of log.watch(abort.signal)) events.push(event);
    })();
    await log.flush();
    log.started(request(1), here);
    log.completed(request(1).auditId, end(2));
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    await watching;
    expect(events[0]).toMatchObject({ kind: 'session', session: { id: uuid(1), requestCount: 0 } });
    expect(events.some((event) => event.kind === 'command' && event.command.outcome === 'succeeded')).toBe(true);
    expect(events.findLast((event) => event.kind === 'request')).toMatchObject({
      commandId: request(1).auditId,
      request: { status: 200 },
    });
  });

  test('a watcher that does not read costs a bounded amount, and what it finds then is the latest', async () => {
    const feed = log.watch();
    for (let n = 1; n <= feedLimit + 500; n++) {
      log.started(request(n, { kubectlSession: 'k1', kubectlCommand: 'kubectl get' }), here);
      log.completed(request(n).auditId, end(n));
    }
    log.sessionChanged(session(1, { endedAt: time(9999).toISOString(), endReason: 'revoked' }));
    const events: SessionLogEvent[] = [];
    for (;;) {
      const { value } = await feed.next();
      events.push(value);
      if (value.kind === 'request' && value.request.auditId === request(feedLimit + 500).auditId) break;
    }
    expect(events.length).toBeLessThanOrEqual(feedLimit);
    expect(events.filter((event) => event.kind === 'session')).toMatchObject([{ session: { endReason: 'revoked' } }]);
    expect(events.filter((event) => event.kind === 'command')).toMatchObject([
      { command: { requestCount: feedLimit + 500 } },
    ]);
    await feed.return?.();
    expect(await feed.next()).toMatchObject({ done: true });
  });

  test('a watch ends with the log', async () => {
    const next = log.watch().next();
    await log.close();
    expect(await next).toMatchObject({ done: true });
  });

  test('survives a kill -9: what was noted 50 ms before is there, and what ran is closed', async () => {
    await log.close();
    const script = `
      import { openSessionLog } from ${JSON.stringify(join(import.meta.dirname, 'open-session-log.ts'))};
      import { request, end, session, time } from ${JSON.stringify(join(import.meta.dirname, 'testing-events.ts'))};
      const log = openSessionLog({ path: ${JSON.stringify(path)}, clock: { now: () => time(0) }, logger: { warn() {} } });
      log.sessionChanged(session(1));
      log.started(request(1), { terminalId: null });
      log.completed(request(1).auditId, end(2));
      log.started(request(3, { verb: 'watch' }), { terminalId: null });
      setTimeout(() => console.log('noted'), 50);
      setInterval(() => {}, 1000);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    log = open();
    const { commands } = await log.get(uuid(1));
    expect(commands[0]?.requests).toMatchObject([
      { status: 200, reason: null },
      { status: null, reason: 'Postern stopped before the request ended', completedAt: time(3).toISOString() },
    ]);
    expect(commands[0]).toMatchObject({ outcome: 'failed', endedAt: time(3).toISOString() });
    for (const logged of commands[0]?.requests ?? []) auditEvent.parse(logged);
  });

  test('a damaged file is set aside, said so, and a new one begun', async () => {
    log.sessionChanged(session(1));
    await log.close();
    await writeFile(path, `not a database${'x'.repeat(5000)}`);
    log = open();
    expect(log.problem).toMatchObject({ code: 'POSTERN_STATE_UNREADABLE' });
    const aside = (await readdir(folder)).find((name) => name.includes('.damaged-'));
    expect(log.problem?.message).toContain(String(aside));
    expect(await readFile(join(folder, String(aside)), 'utf8')).toContain('not a database');
    log.sessionChanged(session(2));
    expect((await log.list({ limit: 10 })).sessions).toHaveLength(1);
    expect(warnings).toHaveLength(1);
  });

  test('damage that shows only later is survived too', async () => {
    for (let n = 1; n <= 300; n++) log.sessionChanged(session(n));
    await log.close();
    const bytes = await readFile(path);
    bytes.fill(0x5a, 4096 * 2);
    await writeFile(path, bytes);
    log = open();
    await log.list({ limit: 500 });
    log.sessionChanged(session(1000));
    log.started(request(1, { sessionId: uuid(1000) }), here);
    expect((await log.get(uuid(1000))).commands).toHaveLength(1);
    expect(log.problem).toMatchObject({ code: 'POSTERN_STATE_UNREADABLE' });
  });

  test.skipIf(process.platform === 'win32')('a full disk is said once, and never stops the proxy', async () => {
    await log.close();
    const script = `
      import { openSessionLog } from ${JSON.stringify(join(import.meta.dirname, 'open-session-log.ts'))};
      import { request, end, time } from ${JSON.stringify(join(import.meta.dirname, 'testing-events.ts'))};
      const log = openSessionLog({ path: ${JSON.stringify(path)}, clock: { now: () => time(0) }, logger: { warn() {} } });
      log.onProblem((problem) => console.log(problem?.code));
      for (let n = 1; n <= 2000; n++) {
        log.started(request(n), { terminalId: null });
        log.completed(request(n).auditId, end(n));
        if (n % 200 === 0) await log.flush();
      }
      await log.close();
      console.log('still here');
    `;
    // A limit on the size of files makes the kernel refuse the writes, as a full disk does.
    const stdout = execFileSync('bash', [
      '-c',
      `trap '' XFSZ; ulimit -f 400; exec "$0" --input-type=module -e "$1"`,
      process.execPath,
      script,
    ]).toString();
    expect(stdout.trim().split('\n')).toEqual(['POSTERN_STATE_UNWRITABLE', 'still here']);
    log = open();
    expect(log.problem).toBeNull();
    const { commands } = await log.get(uuid(1));
    expect(commands.flatMap(({ requests }) => requests).length).toBeGreaterThanOrEqual(200);
  });

  test('what could not be written is written as soon as it can be', async () => {
    const problems: (string | undefined)[] = [];
    log.onProblem((problem) => problems.push(problem?.code));
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    for (let n = 1; n <= 50; n++) log.started(request(n), here);
    await log.flush();
    expect(problems).toEqual(['POSTERN_STATE_UNWRITABLE']);
    expect(warnings[0]).toContain('Clusters stay reachable');
    other.exec('COMMIT');
    other.close();
    await log.flush();
    expect(problems).toEqual(['POSTERN_STATE_UNWRITABLE', undefined]);
    expect((await log.get(uuid(1))).commands[0]?.requests).toHaveLength(50);
  });

  test('waits at the start for another process that has the file for a moment', async () => {
    log.sessionChanged(session(1));
    await log.close();
    const script = `
      import { DatabaseSync } from 'node:sqlite';
      const database = new DatabaseSync(${JSON.stringify(path)});
      database.exec('BEGIN IMMEDIATE');
      console.log('locked');
      setTimeout(() => database.exec('COMMIT'), 400);
    `;
    const other = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(other.stdout, 'data');
    log = open();
    expect(log.problem).toBeNull();
    expect((await log.list({ limit: 1 })).sessions).toHaveLength(1);
    if (other.exitCode === null) await once(other, 'exit');
  });

  test('what waits for a file that cannot be written is bounded, commands as well as requests', async () => {
    await log.flush();
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    for (let n = 1; n <= waitingLimit + 500; n++) log.started(request(n, { kubectlSession: `k${n}` }), here);
    await log.flush();
    other.exec('COMMIT');
    await log.flush();
    expect(log.problem?.message).toContain('500 requests are missing');
    expect(other.prepare('SELECT count(*) AS n FROM commands').get()).toEqual({ n: waitingLimit });
    other.close();
  });

  test('lives in memory where nothing can be written, and says so', async () => {
    await writeFile(join(folder, 'file'), '');
    const homeless = open({ path: join(folder, 'file', 'log.sqlite') });
    expect(homeless.problem).toMatchObject({ code: 'POSTERN_STATE_UNWRITABLE' });
    homeless.sessionChanged(session(1));
    expect((await homeless.list({ limit: 1 })).sessions).toHaveLength(1);
    await homeless.close();
  });

  test.skipIf(process.platform === 'win32')('is for its owner alone', async () => {
    log.sessionChanged(session(1));
    await log.flush();
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  });

  test('keeps a bounded number of requests, the newest', async () => {
    await log.close();
    log = open({ maxRequests: 1000 });
    for (let n = 1; n <= 5000; n++) {
      log.started(request(n, { sessionId: uuid(1 + (n % 3)) }), here);
      log.completed(request(n).auditId, end(n));
    }
    await log.flush();
    const count = () => {
      const database = new DatabaseSync(path, { readOnly: true });
      const row = database.prepare('SELECT count(*) AS n, min(started_at) AS oldest FROM requests').get();
      database.close();
      return row;
    };
    log.started(request(5001), here);
    while (Number(count()?.n) > 1001) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(Number(count()?.oldest)).toBeGreaterThan(time(3900).getTime());
  });

  test('closes once and takes nothing more', async () => {
    await log.close();
    await log.close();
    log.started(request(1), here);
    log.completed(request(1).auditId, end(1));
    expect(await log.watch().next()).toMatchObject({ done: true });
    expect(execFileSync('ls', [folder]).toString()).not.toContain('-wal');
  });
});
