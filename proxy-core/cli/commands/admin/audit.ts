import { Command, Option } from 'commander';
import type { AuditEvent } from '../../../contract/sessions.ts';
import { type CommandLine, type OutputFormat, outputOption, printJson } from '../../command-line.ts';
import { pageOptions } from '../../page-options.ts';
import { relative } from '../../relative-time.ts';
import { requestDecision } from '../../request-decision.ts';
import { requestSubject } from '../../request-subject.ts';
import { table } from '../../table.ts';
import { withCore } from '../../with-core.ts';

interface AuditOptions {
  session?: string;
  user?: string;
  cluster?: string;
  decision?: AuditEvent['decision'];
  limit: number;
  cursor?: string;
  output: OutputFormat;
}

export function auditCommand(line: CommandLine): Command {
  const command = new Command('audit')
    .description('the audit log: every request of everybody, newest first')
    .option('--session <id>', 'only this session’s')
    .option('-u, --user <name>', 'only this user’s')
    .option('-c, --cluster <name>', 'only this cluster’s')
    .addOption(
      new Option('--decision <decision>', 'only requests decided so').choices(['allowed', 'denied', 'failed']),
    );
  return pageOptions(command)
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  $ postern admin audit --decision denied
  $ postern admin audit --user bob@acme.example --cluster prod -o json
`,
    )
    .action(async ({ output, session, ...query }: AuditOptions) => {
      const found = await withCore(line, (client) =>
        client.admin.audit({ ...query, ...(session === undefined ? {} : { sessionId: session }) }),
      );
      if (output === 'json') return printJson(line, found);
      const rows = found.events.map((event) => [
        relative(event.startedAt, line.now()),
        event.user,
        event.cluster,
        event.role ?? '',
        event.verb,
        requestSubject(event),
        event.status === null ? '' : String(event.status),
        requestDecision(event),
      ]);
      line.out(table(['WHEN', 'USER', 'CLUSTER', 'ROLE', 'VERB', 'WHAT', 'STATUS', 'DECISION'], rows, line.columns));
      if (found.nextCursor !== null) line.err(`\nmore: add --cursor ${found.nextCursor}\n`);
    });
}
