import { Command } from 'commander';
import { type CommandLine, type OutputFormat, outputOption, printJson } from '../command-line.ts';
import { withOwnCore, withRunningCore } from '../with-core.ts';

export function logoutCommand(line: CommandLine): Command {
  return new Command('logout')
    .description('sign out: end this device’s sessions, forget the sign-in, empty the kubeconfig')
    .addOption(outputOption())
    .addHelpText('after', '\nRunning commands end. Works with and without a running Postern.\n')
    .action(async ({ output }: { output: OutputFormat }) => {
      const signOut = (client: Parameters<Parameters<typeof withRunningCore>[1]>[0]) => client.identity.signOut();
      (await withRunningCore(line, signOut)) ?? (await withOwnCore(line, {}, signOut));
      if (output === 'json') printJson(line, { signedIn: false });
      else line.out('Signed out.\n');
    });
}
