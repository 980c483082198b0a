import { Argument, Command, Option } from 'commander';
import type { PolicyKind, StoredDocument } from '../../../contract/policy.ts';
import { type CommandLine, printJson } from '../../command-line.ts';
import { CommandLineError } from '../../errors.ts';
import { relative } from '../../relative-time.ts';
import { table } from '../../table.ts';
import { withCore } from '../../with-core.ts';
import { policyKindOf, policyKindWords } from './policy-kind.ts';

export function getCommand(line: CommandLine): Command {
  return new Command('get')
    .description('read Cluster, Role and Grant documents')
    .addArgument(new Argument('[kind]', 'which kind (default: all)').choices(policyKindWords))
    .argument('[name]', 'only the one of this name')
    .addOption(
      new Option('-o, --output <format>', 'how to print the answer').choices(['text', 'yaml', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ postern admin get
  $ postern admin get grant developers-edit-dev -o yaml
`,
    )
    .action(async (kindWord: string | undefined, name: string | undefined, { output }: { output: string }) => {
      const kind: PolicyKind | undefined = kindWord === undefined ? undefined : policyKindOf(kindWord);
      const found = await withCore(line, (client) =>
        client.admin.get({ ...(kind === undefined ? {} : { kind }), ...(name === undefined ? {} : { name }) }),
      );
      if (name !== undefined && found.documents.length === 0) {
        throw new CommandLineError('POSTERN_NOT_FOUND', `There is no ${kindWord} named ${name}`, {
          hint: 'postern admin get lists what there is',
        });
      }
      if (output === 'json') return printJson(line, found);
      if (output === 'yaml') return line.out(await asYaml(found.documents));
      line.out(
        found.documents.length === 0
          ? 'No document matches.\n'
          : table(
              ['KIND', 'NAME', 'VERSION', 'CHANGED', 'BY', 'ABOUT'],
              found.documents.map((stored) => row(stored, line.now())),
              line.columns,
            ),
      );
    });
}

async function asYaml(documents: StoredDocument[]): Promise<string> {
  const { stringify } = await import('yaml');
  return documents.map(({ document }) => stringify(document)).join('---\n');
}

function row({ document, version, updatedAt, updatedBy }: StoredDocument, now: number): string[] {
  return [document.kind, document.metadata.name, String(version), relative(updatedAt, now), updatedBy, about(document)];
}

function about(document: StoredDocument['document']): string {
  switch (document.kind) {
    case 'Cluster':
      return Object.entries(document.metadata.labels ?? {})
        .map(([name, value]) => `${name}=${value}`)
        .join(',');
    case 'Role': {
      const { clusterRole, serviceAccount, rules } = document.spec;
      if (clusterRole !== undefined) return `ClusterRole ${clusterRole}`;
      if (serviceAccount) return `ServiceAccount ${serviceAccount.namespace}/${serviceAccount.name}`;
      return `${rules?.length ?? 0} rules`;
    }
    case 'Grant': {
      const { subjects, role } = document.spec;
      return `${[...(subjects.groups ?? []), ...(subjects.users ?? [])].join(', ')} → ${role}`;
    }
    default:
      return document satisfies never;
  }
}
