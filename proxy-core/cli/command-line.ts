import { Option } from 'commander';
import type { StateFolder } from '../state-folder/layout.ts';

/** What a command knows of the world around it. */
export interface CommandLine {
  environment: NodeJS.ProcessEnv;
  folder: StateFolder;
  /** stdout: what was asked for. */
  out(text: string): void;
  /** stderr: everything else. */
  err(text: string): void;
  now(): number;
  /** The terminal's width; undefined where stdout is none. */
  columns: number | undefined;
  /** SIGINT, SIGTERM or SIGHUP; the reason is its name. */
  interrupted: AbortSignal;
}

export type OutputFormat = 'text' | 'json';

export function outputOption(): Option {
  return new Option('-o, --output <format>', 'how to print the answer').choices(['text', 'json']).default('text');
}

/** One line per JSON value, so that what runs on can be read line by line. */
export function printJson(line: Pick<CommandLine, 'out'>, value: unknown): void {
  line.out(`${JSON.stringify(value)}\n`);
}
