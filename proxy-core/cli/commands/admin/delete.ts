import { Argument, Command } from 'commander';
import { type CommandLine, type OutputFormat, outputOption, printJson } from '../../command-line.ts';
import { withCore } from '../../with-core.ts';
import { policyKindOf, policyKindWords } from './policy-kind.ts';

export function deleteCommand(line: CommandLine): Command {
  return new Command('delete')
    .description('delete a policy document; sessions that it allowed end')
    .addArgument(new Argument('<kind>', 'its kind').choices(policyKindWords))
    .argument('<name>', 'its name')
    .addOption(outputOption())
    .action(async (kindWord: string, name: string, { output }: { output: OutputFormat }) => {
      const kind = policyKindOf(kindWord);
      const result = await withCore(line, (client) => client.admin.delete({ kind, name }));
      if (output === 'json') printJson(line, result);
      else line.out(`${kind.toLowerCase()}/${name} deleted\n`);
    });
}
