import { CommanderError } from 'commander';
import { toWireError } from '../contract/errors.ts';
import { type CommandLine, printJson } from './command-line.ts';
import { printable } from './table.ts';

/** On stderr for people; with `-o json` as `{"error":{…}}` on stdout too. */
export function reportError(line: Pick<CommandLine, 'out' | 'err'>, error: unknown, json: boolean): void {
  const { code, message, hint } = toWireError(error);
  if (json) printJson(line, { error: { code, message, ...(hint === undefined ? {} : { hint }) } });
  line.err(`error: ${printable(message)} (${code})\n${hint === undefined ? '' : `hint: ${printable(hint)}\n`}`);
}

/** Commander has told it on stderr; programs read stdout. Its help and version come as errors with exit code 0. */
export function reportUsage(line: Pick<CommandLine, 'out'>, { exitCode, message }: CommanderError): void {
  if (exitCode !== 0) printJson(line, { error: { code: 'POSTERN_USAGE', message: message.replace(/^error: /, '') } });
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return toWireError(error).code === 'POSTERN_USAGE' ? 2 : 1;
}
