import { type Command, InvalidArgumentError } from 'commander';

/** What every list that comes in pages takes. */
export function pageOptions(command: Command): Command {
  return command
    .option('-n, --limit <count>', 'how many', pageSize, 50)
    .option('--cursor <cursor>', 'go on where the last answer ended (its nextCursor)');
}

export function pageSize(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 500) throw new InvalidArgumentError('It must be from 1 to 500.');
  return value;
}
