import { Command } from 'commander';
import { type CommandLine, type OutputFormat, outputOption, printJson } from '../command-line.ts';
import { withCore } from '../with-core.ts';

export function kubeconfigCommand(line: CommandLine): Command {
  return new Command('kubeconfig')
    .description('write the kubeconfig anew, and say where it is')
    .option('--merge', 'also keep the contexts in kubectl’s own file (~/.kube/config), from now on')
    .option('--no-merge', 'take them out of kubectl’s own file again')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
In kubectl's own file only Postern's entries are touched; the current context is never switched, and the file as it was
before the first merge is kept beside it.

Examples:
  $ export KUBECONFIG=$(postern kubeconfig -o json | jq -r .path)
  $ postern kubeconfig --merge
`,
    )
    .action(async ({ merge, output }: { merge?: boolean; output: OutputFormat }) => {
      const { written, identity } = await withCore(line, async (client) => ({
        written: await client.kubeconfig.write(merge === undefined ? {} : { merge }),
        identity: (await client.state.get()).identity,
      }));
      if (output === 'json') return printJson(line, written);
      const { path, mergedInto, contexts } = written;
      line.out(`${path}${mergedInto === null ? '' : `\nmerged into ${mergedInto}`}\n\n`);
      if (contexts.length > 0) line.out(contexts.map((name) => `  ${name}\n`).join(''));
      else
        line.out(
          `No contexts: ${identity.kind === 'signed-in' ? 'no grant gives you a cluster' : 'nobody is signed in'}.\n`,
        );
    });
}
