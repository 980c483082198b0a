#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { freeBuffersEarly } from '../tunnel/buffer-memory.ts';

enableCompileCache();
freeBuffersEarly();
const [{ run }, { leave }] = await Promise.all([import('./run.ts'), import('./leave.ts')]);
process.exitCode = await run(process.argv.slice(2));
// Not at the event loop's leisure: what a library still waits for, as between two polls of a provider, concerns nobody now.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise<void>((said) => stream.write('', () => said()))),
);
leave();
