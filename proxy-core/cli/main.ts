#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { weighBuffersWithHeap } from '../tunnel/buffer-memory.ts';

enableCompileCache();
weighBuffersWithHeap();
const { run } = await import('./run.ts');
process.exitCode = await run(process.argv.slice(2));
