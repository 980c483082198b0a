import { Command } from 'commander';
import { version } from '../core/version.ts';
import type { CommandLine } from './command-line.ts';
import { adminCommand } from './commands/admin.ts';
import { clustersCommand } from './commands/clusters.ts';
import { connectCommand } from './commands/connect.ts';
import { demoCommand } from './commands/demo.ts';
import { disconnectCommand } from './commands/disconnect.ts';
import { kubeconfigCommand } from './commands/kubeconfig.ts';
import { loginCommand } from './commands/login.ts';
import { logoutCommand } from './commands/logout.ts';
import { sessionCommand } from './commands/session.ts';
import { sessionsCommand } from './commands/sessions.ts';
import { statusCommand } from './commands/status.ts';
import { uiCommand } from './commands/ui.ts';
import { upCommand } from './commands/up.ts';

/** The `postern` command, whole. */
export function program(line: CommandLine): Command {
  const postern = new Command('postern')
    // A command's options stand after its name, so that `admin clusters` and `admin clusters import` can both have `-o`.
    .enablePositionalOptions()
    .description('kubectl, Lens and a terminal on every cluster your organisation lets you reach.')
    .version(version, '-V, --version')
    .configureOutput({ writeOut: line.out, writeErr: line.err })
    .exitOverride()
    .showHelpAfterError('(add --help for how to use it)')
    .addHelpText('after', help);
  const commands = [
    upCommand,
    loginCommand,
    logoutCommand,
    statusCommand,
    clustersCommand,
    connectCommand,
    disconnectCommand,
    kubeconfigCommand,
    sessionsCommand,
    sessionCommand,
    uiCommand,
    adminCommand,
    demoCommand,
  ];
  for (const make of commands) inherit(make(line), postern);
  return postern;
}

function inherit(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    for (const grandchild of child.commands) grandchild.copyInheritedSettings(child);
  }
  parent.addCommand(command);
}

const help = `
Getting started:
  $ postern up --controller 'https://postern.example:8443#ca=sha256:…'
  $ postern login                        (in another terminal)
  $ postern clusters
  $ kubectl --kubeconfig ~/.kube/postern.yaml --context acme/dev get pods

All state lies in POSTERN_HOME (default: your system's place for it). Two homes are two separate Posterns.
POSTERN_LOG=debug|info|warn|error sets what is logged to stderr.
Exit codes: 0 done, 1 failed, 2 the command line cannot be understood.
`;
