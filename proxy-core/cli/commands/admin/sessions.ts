import { Command } from 'commander';
import { type CommandLine, type OutputFormat, outputOption, printJson } from '../../command-line.ts';
import { pageOptions } from '../../page-options.ts';
import { relative } from '../../relative-time.ts';
import { table } from '../../table.ts';
import { withCore } from '../../with-core.ts';

interface SessionsOptions {
  user?: string;
  cluster?: string;
  active?: boolean;
  limit: number;
  cursor?: string;
  output: OutputFormat;
}

export function adminSessionsCommand(line: CommandLine): Command {
  const command = new Command('sessions')
    .description('everybody’s sessions, newest first')
    .option('-u, --user <name>', 'only this user’s')
    .option('-c, --cluster <name>', 'only this cluster’s')
    .option('-a, --active', 'only those that are open');
  return pageOptions(command)
    .addOption(outputOption())
    .action(async ({ output, ...query }: SessionsOptions) => {
      const found = await withCore(line, (client) => client.admin.sessions(query));
      if (output === 'json') return printJson(line, found);
      const rows = found.sessions.map((session) => [
        session.id,
        session.user,
        session.cluster,
        session.role,
        relative(session.startedAt, line.now()),
        String(session.requestCount),
        session.endedAt === null ? 'open' : (session.endReason ?? 'ended'),
        session.device.name,
      ]);
      line.out(
        table(['SESSION', 'USER', 'CLUSTER', 'ROLE', 'STARTED', 'REQUESTS', 'STATE', 'DEVICE'], rows, line.columns),
      );
      if (found.nextCursor !== null) line.err(`\nmore: add --cursor ${found.nextCursor}\n`);
    });
}
