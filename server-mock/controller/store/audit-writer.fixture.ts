import pino from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { systemClock } from '../clock.ts';
import { auditEventFixture } from './audit-event.fixture.ts';
import { AuditLog, type AuditMode } from './audit-log.ts';
import { openStore } from './open.ts';

/** Run as a process that a test kills: prints the id of every event that it was told is on disk. */
const [dataDir, mode] = process.argv.slice(2) as [string, AuditMode];
const store = await openStore(dataDir);
const audit = new AuditLog({ store, clock: systemClock, logger: pino({ level: 'silent' }), mode });

async function request(): Promise<void> {
  const auditId = uuidv7();
  const running = await audit.begin(auditEventFixture({ auditId }));
  if (mode === 'strict') process.stdout.write(`begun ${auditId}\n`);
  running.complete({ completedAt: new Date().toISOString(), status: 200 });
  await running.written();
  process.stdout.write(`completed ${auditId}\n`);
}

// Eight requests at a time, for ever: the test ends this process.
for (let worker = 0; worker < 8; worker += 1) {
  void (async () => {
    for (;;) await request();
  })();
}
