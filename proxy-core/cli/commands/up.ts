import { Command } from 'commander';
import type { Core, CoreOptions } from '../../core/types.ts';
import { type CommandLine, type OutputFormat, outputOption, printJson } from '../command-line.ts';
import { CommandLineError } from '../errors.ts';
import { relative } from '../relative-time.ts';
import { fields } from '../table.ts';
import { warningsText } from './status.ts';

export function upCommand(line: CommandLine): Command {
  return new Command('up')
    .description('run Postern: the local proxy, the tunnel and the kubeconfig; until Ctrl-C or SIGTERM')
    .option('--controller <url>', 'the controller’s URL, as an administrator gave it; needed only the first time')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Comes up signed in or not; 'postern login' in another terminal signs it in. With a keychain the sign-in is still there at
the next start. A controller that was reached before may be away: Postern comes up offline and keeps trying.

Examples:
  $ postern up --controller 'https://postern.example:8443#ca=sha256:…'
  $ postern up
  $ postern up -o json           one line when it is ready: {"ready":true,"kubeconfig":…,"proxy":…,"signedIn":…}
`,
    )
    .action(async (options: { controller?: string; output: OutputFormat }) => {
      // From now on: whoever reads the ready line, or does not wait for it, may stop it at once, in order.
      const { interrupted } = line;
      const core = await startUntil(interrupted, {
        folder: line.folder,
        ...(options.controller === undefined ? {} : { controllerUrl: options.controller }),
      });
      if (!core) return;
      if (core.state.organisation === null) {
        await core.close();
        // Damaged settings, set aside, may be why.
        line.err(warningsText(core.state));
        throw new CommandLineError('POSTERN_USAGE', 'No controller is known on this device yet', {
          hint: 'give its URL: postern up --controller URL',
        });
      }
      if (options.output === 'json') printJson(line, readyLine(core));
      else line.out(welcome(core, line.now()));
      await untilStopped(core, interrupted);
    });
}

export function readyLine({ state }: Core) {
  return {
    ready: true,
    kubeconfig: state.kubeconfig.path,
    proxy: state.proxy?.url ?? null,
    signedIn: state.identity.kind === 'signed-in',
  };
}

/** @returns undefined where a signal came before the core was up */
export async function startUntil(interrupted: AbortSignal, options: CoreOptions): Promise<Core | undefined> {
  const { startCore } = await import('../../core/start-core.ts');
  try {
    return await startCore({ ...options, signal: interrupted });
  } catch (error) {
    if (interrupted.aborted && error === interrupted.reason) return undefined;
    throw error;
  }
}

/** Serves until a signal, or until `host.stop` ends it. */
export async function untilStopped(core: Core, interrupted: AbortSignal): Promise<void> {
  const stop = (): void => void core.close();
  if (interrupted.aborted) stop();
  interrupted.addEventListener('abort', stop, { once: true });
  await core.stopped;
  interrupted.removeEventListener('abort', stop);
}

function welcome({ state }: Core, now: number): string {
  const { identity } = state;
  const who =
    identity.kind === 'signed-in'
      ? `${identity.user.name} (certificate renewed ${relative(identity.certificateExpiresAt, now)} at the latest)`
      : 'nobody; run: postern login';
  return `Postern is up. Ctrl-C ends it.

${fields([
  ['  Organisation', state.organisation?.name],
  ['  Signed in', who],
  ['  Kubeconfig', state.kubeconfig.path],
  ['  Local proxy', state.proxy?.url],
])}${warningsText(state)}
In another terminal: postern clusters, postern ui, postern status
`;
}
