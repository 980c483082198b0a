import { Command } from 'commander';
import type { SessionDetail } from '../../contract/app.ts';
import type { AuditEvent } from '../../contract/sessions.ts';
import { type CommandLine, type OutputFormat, outputOption, printJson } from '../command-line.ts';
import { withSessionLog } from '../read-session-log.ts';
import { length, relative } from '../relative-time.ts';
import { requestDecision } from '../request-decision.ts';
import { requestSubject } from '../request-subject.ts';
import { fields, oneLine, table } from '../table.ts';

export function sessionCommand(line: CommandLine): Command {
  return new Command('session')
    .description('one session: its commands and their requests')
    .argument('<id>', 'the session’s id, or enough of its beginning')
    .addOption(outputOption())
    .addHelpText('after', '\nExamples:\n  $ postern session 019ab3c4\n')
    .action(async (id: string, { output }: { output: OutputFormat }) => {
      const detail = await withSessionLog(line, (log) => log.get(id));
      if (output === 'json') return printJson(line, detail);
      line.out(describe(detail, line));
    });
}

function describe({ session, commands }: SessionDetail, line: CommandLine): string {
  const now = line.now();
  const head = fields([
    ['Session', session.id],
    ['User', session.user],
    ['Cluster', session.cluster],
    ['Role', `${session.role} (grant ${session.grant})`],
    ['Reason', session.reason],
    ['Started', `${session.startedAt} (${relative(session.startedAt, now)})`],
    ['Ended', session.endedAt === null ? 'not yet' : `${session.endedAt} (${session.endReason ?? 'unknown'})`],
    ['Requests', `${session.requestCount}, ${session.deniedCount} denied`],
  ]);
  const bodies = commands.map((command) => {
    const title = `\n${oneLine(command.commandLine ?? command.title)}  (${command.outcome}, ${relative(command.startedAt, now)}${command.label === 'inferred' ? ', inferred' : ''})\n`;
    const rows = command.requests.map(row);
    return (
      title +
      (rows.length === 0 ? '' : indent(table(['VERB', 'WHAT', 'STATUS', 'TOOK', 'DECISION'], rows, line.columns)))
    );
  });
  return head + bodies.join('');
}

function row(event: AuditEvent): string[] {
  return [
    event.verb,
    requestSubject(event),
    event.status === null ? (event.completedAt === null ? 'running' : 'gone') : String(event.status),
    event.durationMs === null
      ? ''
      : event.durationMs < 1_000
        ? `${Math.round(event.durationMs)}ms`
        : length(event.durationMs),
    requestDecision(event),
  ];
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
