import { Command } from 'commander';
import type { OfferedCluster } from '../../contract/app.ts';
import { type CommandLine, type OutputFormat, outputOption, printJson } from '../command-line.ts';
import { CommandLineError } from '../errors.ts';
import { table } from '../table.ts';
import { withCore } from '../with-core.ts';

export function clustersCommand(line: CommandLine): Command {
  return new Command('clusters')
    .alias('ls')
    .description('the clusters you may reach, with their roles and contexts')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
The role marked with * is the one that a context without a role uses. One that asks for a reason opens with
'postern connect CLUSTER --role ROLE --reason TEXT'.

Examples:
  $ postern clusters
  $ postern clusters -o json | jq -r '.clusters[].roles[].context'
`,
    )
    .action(async ({ output }: { output: OutputFormat }) => {
      const { clusters, identity } = await withCore(line, (client) => client.state.get());
      if (output === 'json') return printJson(line, { clusters });
      if (identity.kind !== 'signed-in') {
        throw new CommandLineError('POSTERN_SIGNED_OUT', 'Nobody is signed in', {
          hint: 'sign in first: postern login',
        });
      }
      line.out(
        clusters.length === 0
          ? 'No grant gives you a cluster. Ask an administrator for one.\n'
          : table(
              ['CLUSTER', 'STATUS', 'ROLE', 'CONTEXT', 'LATENCY', 'VERSION', 'LABELS'],
              clusters.flatMap(rows),
              line.columns,
            ),
      );
    });
}

function rows(cluster: OfferedCluster): string[][] {
  const labels = Object.entries(cluster.labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
  return cluster.roles.map((role, at) => [
    at === 0 ? cluster.name : '',
    at === 0 ? cluster.status : '',
    roleText(role),
    role.context,
    at === 0 && cluster.latencyMs !== null ? `${Math.round(cluster.latencyMs)} ms` : '',
    at === 0 ? `${cluster.kubernetesVersion ?? ''}${cluster.emulated ? ' (emulated)' : ''}` : '',
    at === 0 ? labels : '',
  ]);
}

function roleText({ role, isDefault, requireReason, sessionId }: OfferedCluster['roles'][number]): string {
  const note = sessionId !== null ? ' (open)' : requireReason ? ' (asks for a reason)' : '';
  return `${role}${isDefault ? '*' : ''}${note}`;
}
