import { Command } from 'commander';
import { type CommandLine, type OutputFormat, outputOption, printJson } from '../command-line.ts';
import { withRunningCore } from '../with-core.ts';
import { readyLine, startUntil, untilStopped } from './up.ts';

interface UiOptions {
  open: boolean;
  controller?: string;
  output: OutputFormat;
}

export function uiCommand(line: CommandLine): Command {
  return new Command('ui')
    .description('open the interface in a browser on this machine')
    .option('--no-open', 'only print the address')
    .option('--controller <url>', 'the controller’s URL, where no Postern runs yet')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
The address works once; run the command again for another. With no Postern running it runs one, until Ctrl-C.

Examples:
  $ postern ui
  $ postern ui --no-open -o json           {"url":…}
`,
    )
    .action(async (options: UiOptions) => {
      const address = await withRunningCore(line, (client) => client.host.interfaceUrl());
      if (address) return show(line, address.url, options, {});
      const { interrupted } = line;
      const core = await startUntil(interrupted, {
        folder: line.folder,
        ...(options.controller === undefined ? {} : { controllerUrl: options.controller }),
      });
      if (!core) return;
      await show(line, core.interfaceUrl(), options, readyLine(core));
      await untilStopped(core, interrupted);
    });
}

async function show(line: CommandLine, url: string, { open: wanted, output }: UiOptions, more: object): Promise<void> {
  if (output === 'json') printJson(line, { url, ...more });
  else line.out(`${url}\n`);
  if (!wanted || output === 'json') return;
  const { default: open } = await import('open');
  // A machine without a browser has the address all the same.
  await open(url).catch(() => line.err('No browser could be opened; open the address yourself.\n'));
}
