import { dd } from './commands/dd.ts';
import { fileCommands } from './commands/files.ts';
import { lookupCommands, systemCommands } from './commands/system.ts';
import { tar } from './commands/tar.ts';
import { textCommands } from './commands/text.ts';
import type { Command } from './process.ts';
import { shellProgram } from './shell/sh.ts';

/** Where a path may lead to a program; elsewhere a path is a file. */
const programFolders = /^\/(usr\/)?(local\/)?s?bin\//;

const programs: Map<string, Command> = new Map<string, Command>([
  ...Object.entries(fileCommands),
  ...Object.entries(textCommands),
  ...Object.entries(systemCommands),
  ...Object.entries(lookupCommands(findProgram, () => [...programs.keys()])),
  ['dd', dd],
  ['tar', tar],
  ['sh', shellProgram(findProgram)],
  ['ash', shellProgram(findProgram)],
  ['bash', shellProgram(findProgram)],
]);

/** The program that a command's first word names, by its name alone or by a path in a folder for programs. */
export function findProgram(name: string): Command | undefined {
  return programs.get(name.replace(programFolders, ''));
}
