import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { policyTextLimit } from '../../../contract/policy.ts';
import { type CommandLine, type OutputFormat, outputOption, printJson } from '../../command-line.ts';
import { CommandLineError } from '../../errors.ts';
import { withCore } from '../../with-core.ts';

export function applyCommand(line: CommandLine): Command {
  return new Command('apply')
    .description('create or change Cluster, Role and Grant documents; all of a file or nothing')
    .requiredOption('-f, --filename <file>', 'a YAML file with any number of documents; - for stdin')
    .option('--dry-run', 'check and say what would change, without changing it')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  $ postern admin apply -f grants.yaml
  $ postern admin get -o yaml > policy.yaml; $EDITOR policy.yaml; postern admin apply -f policy.yaml
`,
    )
    .action(async (options: { filename: string; dryRun?: boolean; output: OutputFormat }) => {
      const yaml = await readDocument(options.filename);
      // The core would break the connection off, and could not say why.
      if (yaml.length > policyTextLimit) {
        const message = `${options.filename} is longer than ${policyTextLimit} characters`;
        throw new CommandLineError('POSTERN_USAGE', message, { hint: 'apply it in parts' });
      }
      const { results } = await withCore(line, (client) =>
        client.admin.apply({ yaml, dryRun: options.dryRun ?? false }),
      );
      // What should have written it may have failed: in a pipe, nobody else would say so.
      if (results.length === 0) {
        throw new CommandLineError(
          'POSTERN_USAGE',
          `${options.filename === '-' ? 'stdin' : options.filename} holds no document`,
        );
      }
      if (options.output === 'json') return printJson(line, { results });
      const note = options.dryRun ? ' (dry run)' : '';
      line.out(results.map(({ kind, name, change }) => `${kind.toLowerCase()}/${name} ${change}${note}\n`).join(''));
    });
}

async function readDocument(filename: string): Promise<string> {
  if (filename === '-') return text(process.stdin);
  try {
    return await readFile(filename, 'utf8');
  } catch (cause) {
    throw new CommandLineError('POSTERN_USAGE', `${filename} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
