import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../../proxy-core/contract/sessions.ts';
import { systemClock } from '../clock.ts';
import { auditEventFixture } from './audit-event.fixture.ts';
import { AuditLog, type AuditMode, maxQueuedEvents } from './audit-log.ts';
import { openStore, type Store } from './open.ts';

let dataDir: string;
let store: Store;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'postern-audit-'));
  store = await openStore(dataDir);
});
afterEach(async () => {
  await store.destroy();
  await rm(dataDir, { recursive: true, force: true });
});

const logger = pino({ level: 'silent' });
const auditLog = (mode: AuditMode, over: Store = store) =>
  new AuditLog({ store: over, clock: systemClock, logger, mode });

/** A store whose inserts can be made to fail, as on a full disk. */
function fragile(real: Store) {
  let broken = false;
  const store = new Proxy(real, {
    get(target, property) {
      if (property === 'executeQuery' && broken) {
        return () => {
          throw new Error('database or disk is full');
        };
      }
      const value = Reflect.get(target, property, target) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { store, break: () => (broken = true), repair: () => (broken = false) };
}

describe('the audit log', () => {
  test('shows a request while it runs, and its outcome when it has ended', async () => {
    const audit = auditLog('batched');
    const running = await audit.begin(auditEventFixture());
    await audit.flush();
    expect((await audit.list({ limit: 10 })).events).toMatchObject([{ completedAt: null, status: null }]);
    running.complete({ completedAt: '2026-01-01T00:00:00.000Z', status: 200 });
    await running.written();
    expect((await audit.list({ limit: 10 })).events).toMatchObject([{ status: 200 }]);
  });

  test('an end that comes while the start is being written is written after it', async () => {
    const audit = auditLog('batched');
    const running = await audit.begin(auditEventFixture());
    const writing = audit.flush();
    running.complete({ completedAt: '2026-01-01T00:00:00.000Z', status: 200 });
    await Promise.all([running.written(), writing]);
    expect((await audit.list({ limit: 10 })).events).toMatchObject([{ status: 200 }]);
  });

  test('never lets one event overwrite another that carries the same audit id', async () => {
    const audit = auditLog('batched');
    const event = auditEventFixture();
    await audit.begin({ ...event, verb: 'delete' });
    await audit.begin({ ...event, verb: 'get' });
    await audit.flush();
    const verbs = (await audit.list({ limit: 10 })).events.map((each) => each.verb);
    expect(verbs.sort()).toEqual(['delete', 'get']);
  });

  test('is on disk within 50 ms of being told, commit included', async () => {
    const audit = auditLog('batched');
    const running = await audit.begin(auditEventFixture());
    const from = performance.now();
    running.complete({ status: 200 });
    await running.written();
    expect(performance.now() - from).toBeLessThan(50);
  });

  test('a request that only begins is on disk within 50 ms too', async () => {
    const audit = auditLog('batched');
    const from = performance.now();
    await audit.begin(auditEventFixture());
    while (audit.queued > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(performance.now() - from).toBeLessThan(50);
  });

  test('in strict mode makes a request wait until its start is on disk', async () => {
    const audit = auditLog('strict');
    await audit.begin(auditEventFixture());
    const rows = await store.selectFrom('audit_event').select('id').execute();
    expect(rows).toHaveLength(1);
  });

  test('in strict mode refuses a request whose start cannot be written', async () => {
    const disk = fragile(store);
    const audit = auditLog('strict', disk.store);
    disk.break();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect((async () => audit.begin(auditEventFixture()))()).rejects.toMatchObject({
        code: 'POSTERN_STORE_FAILED',
      });
    }
    expect(audit.healthy).toBe(false);
    disk.repair();
    await audit.flush();
  });

  test('in strict mode refuses at once, too, what waited behind a batch that could not be written', async () => {
    const disk = fragile(store);
    const audit = auditLog('strict', disk.store);
    disk.break();
    const from = performance.now();
    const begun = await Promise.allSettled(Array.from({ length: 3 }, async () => audit.begin(auditEventFixture())));
    expect(begun.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(performance.now() - from).toBeLessThan(200);
    disk.repair();
    await audit.flush();
  });

  test('in strict mode shows no request as running that it refused just as the disk accepted again', async () => {
    const disk = fragile(store);
    const audit = auditLog('strict', disk.store);
    disk.break();
    await expect(audit.begin(auditEventFixture())).rejects.toThrow();
    disk.repair();
    const refused = auditEventFixture();
    await expect(audit.begin(refused)).rejects.toThrow();
    Object.assign(refused, { completedAt: '2026-01-01T00:00:00.000Z', decision: 'failed', status: 503 });
    await audit.flush();
    expect((await audit.list({ limit: 10 })).events.find(({ auditId }) => auditId === refused.auditId)).toEqual(
      refused,
    );
  });

  test('keeps events while the disk refuses, and writes them once it accepts again', async () => {
    const disk = fragile(store);
    const audit = auditLog('batched', disk.store);
    disk.break();
    const running = await audit.begin(auditEventFixture());
    await expect(audit.flush()).rejects.toThrow('full');
    running.complete({ status: 201 });
    expect(audit.healthy).toBe(false);
    disk.repair();
    await audit.flush();
    expect((await audit.list({ limit: 10 })).events).toMatchObject([{ status: 201 }]);
    expect(audit.healthy).toBe(true);
  });

  test('tells at its end of what was being written just then and was refused', async () => {
    const writing = Promise.withResolvers<void>();
    const refused = Promise.withResolvers<never>();
    const slow = new Proxy(store, {
      get(target, property) {
        if (property === 'executeQuery') {
          return () => {
            writing.resolve();
            return refused.promise;
          };
        }
        const value = Reflect.get(target, property, target) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const told: unknown[] = [];
    const listening = pino(
      { base: null, timestamp: false },
      { write: (line: string) => void told.push(JSON.parse(line)) },
    );
    const audit = new AuditLog({ store: slow, clock: systemClock, logger: listening, mode: 'batched' });
    await audit.begin(auditEventFixture());
    await writing.promise;
    const closed = audit.close();
    refused.reject(new Error('database or disk is full'));
    await closed;
    expect(told.at(-1)).toMatchObject({ events: 1, msg: 'audit events could not be written before the end' });
  });

  test('refuses new requests rather than run them unrecorded when its queue is full', async () => {
    const disk = fragile(store);
    const audit = auditLog('batched', disk.store);
    disk.break();
    for (let count = 0; count < maxQueuedEvents; count += 1) await audit.begin(auditEventFixture());
    await audit.flush().catch(() => {});
    await expect((async () => audit.begin(auditEventFixture()))()).rejects.toMatchObject({
      code: 'POSTERN_STORE_FAILED',
    });
    disk.repair();
    await audit.flush();
    expect(audit.queued).toBe(0);
  });

  test('reads page by page without losing or repeating an event of the same millisecond', async () => {
    const audit = auditLog('batched');
    const startedAt = new Date().toISOString();
    const sessionId = '0190b4a0-0000-7000-8000-000000000001';
    for (let count = 0; count < 25; count += 1)
      await audit.begin(auditEventFixture({ startedAt, sessionId, name: `p${count}` }));
    await audit.flush();
    const names: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page: { events: AuditEvent[]; nextCursor: string | null } = await audit.ofSession(sessionId, {
        cursor,
        limit: 10,
      });
      names.push(...page.events.map((event) => event.name));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(names).toEqual(Array.from({ length: 25 }, (_, index) => `p${index}`));
  });

  test('refuses a cursor that it did not make', async () => {
    await expect(auditLog('batched').list({ limit: 1, cursor: 'xx' })).rejects.toMatchObject({
      code: 'POSTERN_INPUT_INVALID',
    });
  });

  test('completes what a dead controller left running', async () => {
    const audit = auditLog('batched');
    await audit.begin(auditEventFixture());
    await audit.flush();
    expect(await auditLog('batched').completeInterrupted()).toBe(1);
    expect((await audit.list({ limit: 1 })).events).toMatchObject([
      { decision: 'failed', completedAt: expect.any(String) },
    ]);
  });
});

describe.each(['batched', 'strict'] as const)('after kill -9 of a %s writer', (mode) => {
  test('every event that was acknowledged is there', { timeout: 20_000 }, async () => {
    const writer = spawn(process.execPath, [join(import.meta.dirname, 'audit-writer.fixture.ts'), dataDir, mode], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    for await (const chunk of writer.stdout) {
      output += chunk;
      if (output.split('\n').length > 500) break;
    }
    writer.kill('SIGKILL');
    writer.stdout.on('data', (chunk) => (output += chunk));
    if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit');

    // What follows the last line break may be half a line.
    const acknowledged = output
      .slice(0, output.lastIndexOf('\n'))
      .split('\n')
      .map((line) => line.split(' ') as [string, string]);
    const rows = await store.selectFrom('audit_event').select(['audit_id', 'completed_at']).execute();
    const completedAt = new Map(rows.map((row) => [row.audit_id, row.completed_at]));
    for (const [what, auditId] of acknowledged) {
      expect(completedAt.has(auditId)).toBe(true);
      if (what === 'completed') expect(completedAt.get(auditId)).not.toBeNull();
    }
    expect(acknowledged.length).toBeGreaterThan(400);
  });
});
