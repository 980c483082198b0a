import { expect, test } from 'vitest';
import { temporaryHome } from '../core/testing-home.ts';
import { openSessionLog } from '../session-log/index.ts';
import { session } from '../session-log/testing-events.ts';
import { postern } from './testing-cli.ts';

const commands = [
  'up',
  'login',
  'logout',
  'status',
  'clusters',
  'connect',
  'disconnect',
  'kubeconfig',
  'sessions',
  'session',
  'ui',
  'demo',
  'admin apply',
  'admin get',
  'admin delete',
  'admin clusters',
  'admin clusters import',
  'admin clusters remove',
  'admin revoke',
  'admin restore',
  'admin sessions',
  'admin audit',
];

test.each(commands)('postern %s has help and takes -o json', async (command) => {
  await using home = await temporaryHome();
  const { exitCode, out, err } = await postern(home.folder, [...command.split(' '), '--help']);
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
  expect(out).toContain(`Usage: postern ${command}`);
  expect(out).toContain('-o, --output <format>');
  expect(out).not.toContain('{}');
});

test.each([
  { args: ['dance'], says: "unknown command 'dance'" },
  { args: ['status', '--loudly'], says: "unknown option '--loudly'" },
  { args: ['status', '-o', 'xml'], says: 'Allowed choices are text, json' },
  { args: ['connect'], says: "missing required argument 'cluster'" },
  { args: ['sessions', '-n', '0'], says: 'It must be from 1 to 500' },
  { args: ['admin', 'revoke', 'planet', 'mars'], says: 'Allowed choices are user, device, session, grant' },
  { args: ['admin', 'clusters', 'import', 'x', '--label', 'nonsense'], says: 'It must be key=value' },
  { args: ['demo', '--port', '65536'], says: 'It must be a port number' },
  { args: ['admin', 'apply'], says: '-f, --filename <file>' },
])('$args is a usage error', async ({ args, says }) => {
  await using home = await temporaryHome();
  const { exitCode, out, err } = await postern(home.folder, args);
  expect(exitCode).toBe(2);
  expect(err).toContain(says);
  expect(out).toBe('');
});

test('an error is a message, a code and a hint; with -o json also one line of JSON', async () => {
  await using home = await temporaryHome();
  const text = await postern(home.folder, ['clusters']);
  expect(text).toEqual({
    exitCode: 1,
    out: '',
    err: 'error: Postern is not running (POSTERN_CORE_NOT_RUNNING)\nhint: start it with: postern up --controller URL\n',
  });
  const json = await postern(home.folder, ['clusters', '-o', 'json']);
  expect(json.exitCode).toBe(1);
  expect(JSON.parse(json.out)).toEqual({
    error: {
      code: 'POSTERN_CORE_NOT_RUNNING',
      message: 'Postern is not running',
      hint: 'start it with: postern up --controller URL',
    },
  });
});

test('a usage error with -o json is one line of JSON too', async () => {
  await using home = await temporaryHome();
  for (const args of [
    ['connect', '-o', 'json'],
    ['dance', '--output=json'],
  ]) {
    const { exitCode, out } = await postern(home.folder, args);
    expect(exitCode).toBe(2);
    expect(JSON.parse(out)).toEqual({
      error: { code: 'POSTERN_USAGE', message: expect.stringMatching(/^(missing required argument|unknown command)/) },
    });
  }
});

test('the beginning of an id finds its session however many came after it', async () => {
  await using home = await temporaryHome();
  const log = openSessionLog({ path: home.folder.sessionLog, logger: { warn: () => undefined } });
  const first = '01a10000-0000-7000-8000-000000000001';
  for (let n = 1; n <= 600; n++) log.sessionChanged(session(n, n === 1 ? { id: first } : {}));
  await log.close();
  const { out, err } = await postern(home.folder, ['session', '01a1', '-o', 'json']);
  expect(err).toBe('');
  expect(JSON.parse(out).session.id).toBe(first);
  expect((await postern(home.folder, ['session', '01a2'])).err).toContain('More than one session begins with 01a2');
});

test('with none running the status says so, and the log can be read', async () => {
  await using home = await temporaryHome();
  expect(await postern(home.folder, ['status', '-o', 'json'])).toEqual({
    exitCode: 0,
    out: '{"running":false}\n',
    err: '',
  });
  expect((await postern(home.folder, ['sessions', '-o', 'json'])).out).toBe('{"sessions":[],"nextCursor":null}\n');
  expect(await postern(home.folder, ['session', '019ab3c4'])).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining('POSTERN_SESSION_UNKNOWN'),
  });
});
