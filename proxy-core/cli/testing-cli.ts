import type { StateFolder } from '../state-folder/index.ts';
import { run } from './run.ts';

export interface Outcome {
  exitCode: number;
  out: string;
  err: string;
}

/** One command line against a state folder, with all that it printed. */
export async function postern(
  folder: StateFolder,
  args: string[],
  options: { onOut?: (text: string) => void; interrupted?: AbortSignal } = {},
): Promise<Outcome> {
  let out = '';
  let err = '';
  const exitCode = await run(args, {
    folder,
    environment: { ...process.env, POSTERN_LOG: 'silent' },
    out(text) {
      out += text;
      options.onOut?.(text);
    },
    err(text) {
      err += text;
    },
    now: () => Date.parse('2026-01-01T01:00:00Z'),
    columns: undefined,
    interrupted: options.interrupted ?? new AbortController().signal,
  });
  return { exitCode, out, err };
}
