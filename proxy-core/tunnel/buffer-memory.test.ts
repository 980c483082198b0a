import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** The most that buffers held while a body passed, in MB. In a process of its own, since collecting is a process's. */
function mostHeldMb({ freesEarly }: { freesEarly: boolean }): number {
  const script = `
    const { bytesPassed, freeBuffersEarly } = await import(${JSON.stringify(join(import.meta.dirname, 'buffer-memory.ts'))});
    if (${freesEarly}) freeBuffersEarly();
    let most = 0;
    for (let passed = 0; passed < 300e6; passed += 16384) {
      bytesPassed('received', new Uint8Array(16384).length);
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }
    process.stdout.write(String(most / 1e6));`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' }));
}

test('a body that passes leaves few buffers behind at any time', () => {
  expect(mostHeldMb({ freesEarly: true })).toBeLessThan(16);
  expect(mostHeldMb({ freesEarly: false })).toBeGreaterThan(32);
});
