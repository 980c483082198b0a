import { Command } from 'commander';
import type { AppState } from '../../contract/app.ts';
import { type CommandLine, type OutputFormat, outputOption, printJson } from '../command-line.ts';
import { length, relative } from '../relative-time.ts';
import { fields, printable } from '../table.ts';
import { withRunningCore } from '../with-core.ts';

export function statusCommand(line: CommandLine): Command {
  return new Command('status')
    .description('who is signed in, whether the controller is connected, where the kubeconfig is')
    .addOption(outputOption())
    .addHelpText('after', '\nWith no Postern running the answer says so, and the exit code is 0 all the same.\n')
    .action(async ({ output }: { output: OutputFormat }) => {
      const state = await withRunningCore(line, (client) => client.state.get());
      if (output === 'json') printJson(line, state ? { running: true, ...state } : { running: false });
      else line.out(state ? describe(state, line.now()) : 'Postern is not running. Start it with: postern up\n');
    });
}

export function describe(state: AppState, now: number): string {
  const lines = fields([
    ['Organisation', state.organisation?.name ?? 'none yet'],
    ['Controller', state.organisation?.controllerUrl],
    ['Signed in', identityText(state.identity, now)],
    ['Connection', connectionText(state.connection, now)],
    ['Clusters', state.identity.kind === 'signed-in' ? clustersText(state.clusters) : null],
    ['Kubeconfig', state.kubeconfig.path],
    ['Merged into', state.kubeconfig.mergedInto],
    ['Local proxy', state.proxy?.url],
  ]);
  return lines + warningsText(state);
}

export function warningsText({ warnings }: Pick<AppState, 'warnings'>): string {
  return warnings
    .map(
      ({ message, hint }) => `\nwarning: ${printable(message)}\n${hint === null ? '' : `hint: ${printable(hint)}\n`}`,
    )
    .join('');
}

function identityText(identity: AppState['identity'], now: number): string {
  switch (identity.kind) {
    case 'signed-in': {
      const { name, groups, isAdministrator } = identity.user;
      const about = [groups.join(', '), isAdministrator ? 'administrator' : ''].filter((part) => part !== '');
      const until = `certificate ends ${relative(identity.certificateExpiresAt, now)}`;
      return `${name}${about.length > 0 ? ` (${about.join('; ')})` : ''}, ${until}`;
    }
    case 'signing-in':
      return identity.url === null ? 'signing in' : `signing in at ${identity.url}`;
    case 'signed-out':
      return identity.problem === null ? 'nobody' : `nobody: ${identity.problem.message}`;
    default:
      return identity satisfies never;
  }
}

function connectionText(connection: AppState['connection'], now: number): string {
  switch (connection.kind) {
    case 'idle':
      return 'none';
    case 'connecting':
      return `connecting (attempt ${connection.attempt})`;
    case 'open': {
      const latency = connection.latencyMs === null ? '' : `, ${Math.round(connection.latencyMs)} ms`;
      return `${connection.controller}, for ${length(now - Date.parse(connection.since))}${latency}`;
    }
    case 'waiting':
      return `${connection.problem.message}; tried again ${relative(connection.retryAt, now)}`;
    default:
      return connection satisfies never;
  }
}

function clustersText(clusters: AppState['clusters']): string {
  const online = clusters.filter(({ status }) => status === 'online').length;
  return `${clusters.length}, ${online} online`;
}
