import { Command, InvalidArgumentError } from 'commander';
import { type CommandLine, type OutputFormat, outputOption, printJson } from '../../command-line.ts';
import { relative } from '../../relative-time.ts';
import { table } from '../../table.ts';
import { withCore } from '../../with-core.ts';

interface ImportOptions {
  displayName?: string;
  label?: Record<string, string>;
  image?: string;
  output: OutputFormat;
}

export function adminClustersCommand(line: CommandLine): Command {
  return new Command('clusters')
    .description('the registered clusters and their agents')
    .enablePositionalOptions()
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  $ postern admin clusters
  $ postern admin clusters import staging --label env=staging | kubectl apply -f -
`,
    )
    .action(({ output }: { output: OutputFormat }) => list(line, output))
    .addCommand(importCommand(line))
    .addCommand(removeCommand(line));
}

async function list(line: CommandLine, output: OutputFormat): Promise<void> {
  const found = await withCore(line, (client) => client.admin.clusters.list());
  if (output === 'json') return printJson(line, found);
  const rows = found.clusters.map((cluster) => [
    cluster.name,
    cluster.status,
    relative(cluster.statusSince, line.now()),
    String(cluster.agents.length),
    cluster.agents.map(({ sourceAddress }) => sourceAddress).join(', '),
    `${cluster.kubernetesVersion ?? ''}${cluster.emulated ? ' (emulated)' : ''}`,
    Object.entries(cluster.labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(','),
  ]);
  line.out(
    rows.length === 0
      ? 'No cluster is registered. Register one with: postern admin clusters import NAME\n'
      : table(['CLUSTER', 'STATUS', 'SINCE', 'AGENTS', 'FROM', 'VERSION', 'LABELS'], rows, line.columns),
  );
}

function importCommand(line: CommandLine): Command {
  return new Command('import')
    .description('register a cluster and print the YAML that brings its agent up')
    .argument('<name>', 'the cluster’s name')
    .option('--display-name <text>', 'how people call it')
    .option('-l, --label <key=value>', 'a label; may be repeated', collectLabel)
    .option('--image <image>', 'the agent’s container image')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
The YAML holds a join token that works once: treat it as a secret until the agent has joined.

Examples:
  $ postern admin clusters import staging --label env=staging | kubectl apply -f -
  $ postern admin clusters import edge -o json | jq -r .joinToken      for an agent beside the cluster
`,
    )
    .action(async (name: string, { displayName, label, image, output }: ImportOptions) => {
      const made = await withCore(line, (client) =>
        client.admin.clusters.import({
          name,
          ...(displayName === undefined ? {} : { displayName }),
          ...(label === undefined ? {} : { labels: label }),
          ...(image === undefined ? {} : { image }),
        }),
      );
      if (output === 'json') return printJson(line, made);
      line.out(made.yaml);
      line.err(`The join token ends ${relative(made.joinTokenExpiresAt, line.now())}.\n`);
    });
}

function removeCommand(line: CommandLine): Command {
  return new Command('remove')
    .description('forget a cluster and refuse its agents')
    .argument('<name>', 'the cluster’s name')
    .addOption(outputOption())
    .action(async (name: string, { output }: { output: OutputFormat }) => {
      const result = await withCore(line, (client) => client.admin.clusters.remove({ name }));
      if (output === 'json') printJson(line, result);
      else line.out(`cluster/${name} removed\n`);
    });
}

function collectLabel(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be key=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
