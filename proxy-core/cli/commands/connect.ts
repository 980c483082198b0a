import { Command } from 'commander';
import { type CommandLine, type OutputFormat, outputOption, printJson } from '../command-line.ts';
import { withCore } from '../with-core.ts';

export function connectCommand(line: CommandLine): Command {
  return new Command('connect')
    .description('open a session on a cluster, and print how to use it')
    .argument('<cluster>', 'the cluster’s name')
    .option('-r, --role <role>', 'a role other than the default one')
    .option('--reason <text>', 'why; where the grant asks for a reason')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
A session opens by itself at the first request. Connect opens it now, with the reason that some grants ask for.

Examples:
  $ postern connect dev
  $ postern connect prod --role admin --reason 'INC-1234: restart the ingress'
`,
    )
    .action(async (cluster: string, options: { role?: string; reason?: string; output: OutputFormat }) => {
      const { role, reason } = options;
      const opened = await withCore(line, (client) =>
        client.clusters.connect({
          cluster,
          ...(role === undefined ? {} : { role }),
          ...(reason === undefined ? {} : { reason }),
        }),
      );
      if (options.output === 'json') return printJson(line, opened);
      line.out(`Connected as context ${opened.context}.\n\n  ${opened.command}\n\n`);
    });
}
