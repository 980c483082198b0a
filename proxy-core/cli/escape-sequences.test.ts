import { expect, test } from 'vitest';
import { PosternError } from '../contract/errors.ts';
import { asText } from './commands/login.ts';
import { warningsText } from './commands/status.ts';
import { reportError } from './report-error.ts';
import { fields, table } from './table.ts';

const hostile = 'ok\u001b[2J\u001b]0;title\u0007\r\u009b31m';

test('what others wrote reaches the terminal without its control characters', () => {
  const warning = { code: 'POSTERN_CLUSTER_EMULATED', message: hostile, hint: hostile } as const;
  const printed = [
    table(['A', 'B'], [[hostile, hostile]]),
    fields([['name', hostile]]),
    warningsText({ warnings: [warning] }),
    asText({ kind: 'url', url: hostile }, 'url'),
    asText(
      {
        kind: 'device',
        verificationUrl: hostile,
        verificationUrlComplete: null,
        userCode: hostile,
        expiresAt: '2026-01-01T00:00:00.000Z',
      },
      'device',
    ),
    asText({ kind: 'done', user: { name: hostile, displayName: '', groups: [], isAdministrator: false } }, 'url'),
  ];
  reportError(
    { out: () => undefined, err: (text) => void printed.push(text) },
    new PosternError('POSTERN_FORBIDDEN', `${hostile}\nsecond line`, { hint: hostile }),
    false,
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  expect(printed.join('')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(printed.join('')).toContain('\nsecond line (POSTERN_FORBIDDEN)');
});
