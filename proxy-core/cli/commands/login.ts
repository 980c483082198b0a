import { Command } from 'commander';
import type { SignInProgress } from '../../contract/app.ts';
import type { CoreClient } from '../../core/core-client.ts';
import { type CommandLine, type OutputFormat, outputOption, printJson } from '../command-line.ts';
import { CommandLineError } from '../errors.ts';
import { oneLine } from '../table.ts';
import { withOwnCore, withRunningCore } from '../with-core.ts';

interface LoginOptions {
  browser: boolean;
  device?: boolean;
  controller?: string;
  output: OutputFormat;
}

type SignInInput = Parameters<CoreClient['identity']['signIn']>[0];

export function loginCommand(line: CommandLine): Command {
  return new Command('login')
    .description('sign in through your organisation’s identity provider')
    .option('--no-browser', 'print the address instead of opening it; for a browser on this machine')
    .option('--device', 'print an address and a code, for a browser on any machine (RFC 8628)')
    .option('--controller <url>', 'the controller’s URL; needed only the first time')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Signs in the Postern that runs ('postern up', the desktop app). With none running it signs in alone and leaves the sign-in
in the keychain for the next start.

Examples:
  $ postern login
  $ postern login --device                 on a machine without a browser
  $ postern login --no-browser -o json     {"url":…}, and when it is done {"signedIn":true,"user":…}
`,
    )
    .action((options: LoginOptions) => login(line, options));
}

async function login(line: CommandLine, options: LoginOptions): Promise<void> {
  const input: SignInInput = {
    method: options.device ? 'device' : options.browser ? 'browser' : 'url',
    ...(options.controller === undefined ? {} : { controllerUrl: options.controller }),
  };
  const signIn = async (client: CoreClient): Promise<true> => {
    await follow(line, client, input, options);
    return true;
  };
  if (await withRunningCore(line, signIn)) return;
  const { openSecretStore } = await import('../../identity/index.ts');
  const secretStore = await openSecretStore({ service: line.folder.keychainService, warn: () => undefined });
  const isForgotten = (): boolean => secretStore.kind === 'memory';
  if (isForgotten()) {
    throw new CommandLineError(
      'POSTERN_NO_KEYCHAIN',
      'Postern is not running, and there is no keychain to leave the sign-in in',
      {
        hint: 'start Postern first (postern up), then sign in',
      },
    );
  }
  await withOwnCore(
    line,
    { secretStore, ...(options.controller === undefined ? {} : { controllerUrl: options.controller }) },
    signIn,
  );
  if (!isForgotten()) return;
  throw new CommandLineError(
    'POSTERN_NO_KEYCHAIN',
    'The keychain did not take the sign-in, so it has ended: Postern is not running',
    { hint: 'unlock the keychain, or start Postern first (postern up), then sign in' },
  );
}

async function follow(
  line: CommandLine,
  client: CoreClient,
  input: SignInInput,
  { output }: LoginOptions,
): Promise<void> {
  const aborted = { signal: line.interrupted };
  const { identity } = await client.state.get();
  // The one under way is somebody's: joined, and left to them at Ctrl-C.
  const joins = identity.kind === 'signing-in';
  if (joins) line.err('A sign-in is under way already; this is it.\n');
  const method = joins ? 'url' : input.method;
  try {
    for await (const progress of await client.identity.signIn(input, aborted)) {
      if (output === 'json') printJson(line, asJson(progress));
      else line.out(asText(progress, method));
    }
  } catch (error) {
    if (!line.interrupted.aborted) throw error;
    // Nobody waits for it any more; the next sign-in begins anew.
    if (!joins) await client.identity.cancelSignIn();
    throw new CommandLineError('POSTERN_SIGN_IN_FAILED', 'The sign-in was interrupted');
  }
}

function asJson(progress: SignInProgress) {
  switch (progress.kind) {
    case 'url':
      return { url: progress.url };
    case 'device':
      return {
        url: progress.verificationUrlComplete ?? progress.verificationUrl,
        verificationUrl: progress.verificationUrl,
        userCode: progress.userCode,
        expiresAt: progress.expiresAt,
      };
    case 'done':
      return { signedIn: true, user: progress.user };
    default:
      return progress satisfies never;
  }
}

export function asText(progress: SignInProgress, method: SignInInput['method']): string {
  switch (progress.kind) {
    case 'url':
      return method === 'browser'
        ? `Sign in in the browser that opens. If none does, open this address on this machine:\n\n  ${oneLine(progress.url)}\n\n`
        : `Open this address on this machine:\n\n  ${oneLine(progress.url)}\n\n`;
    case 'device':
      return `Open this address on any machine, and enter the code ${oneLine(progress.userCode)}:\n\n  ${oneLine(progress.verificationUrl)}\n\n`;
    case 'done':
      return `Signed in as ${oneLine(progress.user.name)}. Your clusters: postern clusters\n`;
    default:
      return progress satisfies never;
  }
}
