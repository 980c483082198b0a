#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { freeBuffersEarly } from '../tunnel/buffer-memory.ts';

enableCompileCache();
freeBuffersEarly();
const { run } = await import('./run.ts');
process.exitCode = await run(process.argv.slice(2));
