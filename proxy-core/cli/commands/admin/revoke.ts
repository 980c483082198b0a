import { Argument, Command } from 'commander';
import type { Revocation } from '../../../contract/controller.ts';
import { type CommandLine, type OutputFormat, outputOption, printJson } from '../../command-line.ts';
import { withCore } from '../../with-core.ts';

const kinds = ['user', 'device', 'session', 'grant'] as const satisfies readonly Revocation['kind'][];

export function revokeCommand(line: CommandLine): Command {
  return new Command('revoke')
    .description('take access away; live streams end within a second')
    .addArgument(new Argument('<kind>', 'what to revoke').choices(kinds))
    .argument('<name>', 'the user’s name, or the id of the device or session, or the grant’s name')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
A user stays blocked until 'postern admin restore'. A session can simply be opened again where the grant still allows it.

Examples:
  $ postern admin revoke user bob@acme.example
  $ postern admin revoke session 019ab3c4-…
`,
    )
    .action(async (kind: Revocation['kind'], name: string, { output }: { output: OutputFormat }) => {
      const result = await withCore(line, (client) => client.admin.revoke({ kind, name }));
      if (output === 'json') return printJson(line, result);
      line.out(
        `${kind} ${name} revoked; ${result.endedSessions} session${result.endedSessions === 1 ? '' : 's'} ended\n`,
      );
      if (!result.isKnown) line.err(`warning: nobody has signed in as ${name} so far; is that the whole name?\n`);
    });
}

export function restoreCommand(line: CommandLine): Command {
  return new Command('restore')
    .description('lift a revocation')
    .addArgument(new Argument('<kind>', 'what was revoked').choices(kinds.filter((kind) => kind !== 'session')))
    .argument('<name>', 'as it was given to revoke')
    .addOption(outputOption())
    .action(async (kind: Revocation['kind'], name: string, { output }: { output: OutputFormat }) => {
      const result = await withCore(line, (client) => client.admin.restore({ kind, name }));
      if (output === 'json') return printJson(line, result);
      line.out(result.restored ? `${kind} ${name} restored\n` : `${kind} ${name} was not revoked\n`);
    });
}
