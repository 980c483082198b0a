import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import { badRequest } from '../status.ts';
import type { StreamingTarget } from '../streaming-types.ts';
import type { Containers } from './container/containers.ts';
import { streamInput, streamOutput } from './container/io.ts';
import { startProcess } from './container/start-process.ts';
import { openRemoteCommand } from './remote-command/open.ts';
import { failureOf, outcomeOf, parseOptions, type RemoteCommand } from './remote-command/remote-command.ts';
import { runningContainer } from './target.ts';

/** The longest command line taken. */
const longestCommand = 131_072;

/** What exec and attach share: the open connections, to be ended with the cluster. */
export interface RemoteCommands {
  containers: Containers;
  clock: Clock;
  open: Set<RemoteCommand>;
}

/**
 * `pods/NAME/exec`: runs a command in a container, over WebSocket or SPDY.
 *
 * @throws {StatusError} before the upgrade is answered
 */
export async function exec(
  deps: RemoteCommands,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  target: StreamingTarget,
): Promise<void> {
  const options = parseOptions(target.query);
  const command = target.query.getAll('command');
  if (command.length === 0 || command[0] === '') throw badRequest('you must specify a command');
  if (command.join(' ').length > longestCommand) throw badRequest('the command is too long');
  const container = runningContainer(target, deps.containers);
  const remote = await openRemoteCommand(request, socket, head, options, deps.clock);
  if (!remote) return;
  await serve(deps, remote, () =>
    startProcess(container, {
      command,
      input: remote.stdin && streamInput(remote.stdin),
      output: streamOutput(remote.stdout),
      errors: streamOutput(remote.stderr),
      terminal: options.terminal ? (resize) => remote.onResize(resize) : undefined,
      signal: remote.gone,
    }),
  );
}

/** Runs a process for a client and tells it the outcome. */
export async function serve(
  { open }: Pick<RemoteCommands, 'open'>,
  remote: RemoteCommand,
  run: () => Promise<number>,
): Promise<void> {
  open.add(remote);
  try {
    await remote.finish(outcomeOf(await run()));
  } catch (error) {
    await remote.finish(failureOf(`the command failed in the emulation: ${String(error)}`));
  } finally {
    open.delete(remote);
  }
}
