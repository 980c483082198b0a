import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';

const logger = JSON.stringify(new URL('./stderr-logger.ts', import.meta.url).href);

test.runIf(process.platform === 'linux')('a full disk under stderr costs log lines, not the process', () => {
  const full = openSync('/dev/full', 'w');
  try {
    const program = `
      const { stderrLogger } = await import(${logger});
      stderrLogger('test', 'warn').warn('the audit log cannot be written');
      setImmediate(() => console.log('alive'));`;
    const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', full],
    });
    expect({ said: String(stdout).trim(), status }).toEqual({ said: 'alive', status: 0 });
  } finally {
    closeSync(full);
  }
});

test('a level that there is not is none', () => {
  const program = `
    const { stderrLogger } = await import(${logger});
    stderrLogger('test', 'warn').warn('heard');`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, POSTERN_LOG: 'everything' },
  });
  expect(JSON.parse(String(stderr))).toMatchObject({ name: 'test', msg: 'heard' });
});
