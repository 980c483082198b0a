import { Command } from 'commander';
import type { Session } from '../../contract/sessions.ts';
import { type CommandLine, type OutputFormat, outputOption, printJson } from '../command-line.ts';
import { pageOptions } from '../page-options.ts';
import { withSessionLog } from '../read-session-log.ts';
import { length, relative } from '../relative-time.ts';
import { table } from '../table.ts';

interface SessionsOptions {
  cluster?: string;
  active?: boolean;
  search?: string;
  limit: number;
  cursor?: string;
  output: OutputFormat;
}

export function sessionsCommand(line: CommandLine): Command {
  const command = new Command('sessions')
    .description('this device’s sessions, newest first')
    .option('-c, --cluster <name>', 'only this cluster’s')
    .option('-a, --active', 'only those that are open')
    .option('-s, --search <text>', 'only those with this text in a command, resource or name');
  return pageOptions(command)
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
The log is on this device: it can be read signed out, offline, and with no Postern running.

Examples:
  $ postern sessions
  $ postern sessions --cluster prod --search delete
  $ postern session $(postern sessions -n 1 -o json | jq -r '.sessions[0].id')
`,
    )
    .action(async ({ output, ...query }: SessionsOptions) => {
      const found = await withSessionLog(line, (log) => log.list(query));
      if (output === 'json') return printJson(line, found);
      if (found.sessions.length === 0)
        return line.out('No session matches. A session begins with the first request to a cluster.\n');
      line.out(
        table(
          ['SESSION', 'CLUSTER', 'ROLE', 'STARTED', 'LASTED', 'REQUESTS', 'DENIED', 'STATE'],
          found.sessions.map((session) => row(session, line.now())),
          line.columns,
        ),
      );
      if (found.nextCursor !== null) line.err(`\nmore: add --cursor ${found.nextCursor}\n`);
    });
}

function row(session: Session, now: number): string[] {
  const end = session.endedAt === null ? now : Date.parse(session.endedAt);
  return [
    session.id,
    session.cluster,
    session.role,
    relative(session.startedAt, now),
    length(end - Date.parse(session.startedAt)),
    String(session.requestCount),
    String(session.deniedCount),
    session.endedAt === null ? 'open' : (session.endReason ?? 'ended'),
  ];
}
