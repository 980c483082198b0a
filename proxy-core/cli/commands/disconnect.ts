import { Command } from 'commander';
import { type CommandLine, type OutputFormat, outputOption, printJson } from '../command-line.ts';
import { withCore } from '../with-core.ts';

export function disconnectCommand(line: CommandLine): Command {
  return new Command('disconnect')
    .description('end this device’s sessions on a cluster; what runs there ends with them')
    .argument('<cluster>', 'the cluster’s name')
    .option('-r, --role <role>', 'only the session of this role')
    .addOption(outputOption())
    .action(async (cluster: string, options: { role?: string; output: OutputFormat }) => {
      const ended = await withCore(line, (client) =>
        client.clusters.disconnect({ cluster, ...(options.role === undefined ? {} : { role: options.role }) }),
      );
      if (options.output === 'json') return printJson(line, ended);
      const { endedSessions: count } = ended;
      line.out(
        count === 0
          ? `No session was open on ${cluster}.\n`
          : `${count} session${count === 1 ? '' : 's'} ended on ${cluster}.\n`,
      );
    });
}
