import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { StreamingTarget } from '../streaming-types.ts';
import type { Container } from './container/container.ts';
import { BrokenPipe, streamInput, streamOutput } from './container/io.ts';
import { startProcess } from './container/start-process.ts';
import { type RemoteCommands, serve } from './exec.ts';
import { openRemoteCommand } from './remote-command/open.ts';
import { parseOptions, type RemoteCommand } from './remote-command/remote-command.ts';
import { runningContainer } from './target.ts';

/**
 * `pods/NAME/attach`. A container that was made to be talked to (`kubectl run -it`) runs its main process for whoever
 * attaches, and ends with it; of any other the client sees what it prints from now on.
 *
 * @throws {StatusError} before the upgrade is answered
 */
export async function attach(
  deps: RemoteCommands,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  target: StreamingTarget,
): Promise<void> {
  const options = parseOptions(target.query);
  const container = runningContainer(target, deps.containers);
  const remote = await openRemoteCommand(request, socket, head, options, deps.clock);
  if (!remote) return;
  await serve(deps, remote, () =>
    container.interactive ? runMain(container, remote, options.terminal) : watchMain(container, remote),
  );
}

async function runMain(container: Container, remote: RemoteCommand, terminal: boolean): Promise<number> {
  const output = streamOutput(remote.stdout);
  const exitCode = await startProcess(container, {
    command: container.command ?? ['sh'],
    input: remote.stdin && streamInput(remote.stdin),
    output,
    errors: terminal ? output : streamOutput(remote.stderr),
    terminal: terminal ? (resize) => remote.onResize(resize) : undefined,
    signal: remote.gone,
  });
  // A client that merely went away leaves the container running, for the next one to attach.
  if (!remote.gone.aborted) container.endMain(exitCode);
  return exitCode;
}

async function watchMain(container: Container, remote: RemoteCommand): Promise<number> {
  remote.stdin?.resume();
  const { log } = container;
  const output = streamOutput(remote.stdout);
  try {
    for await (const line of log.follow(log.next, remote.gone)) await output.write(Buffer.from(`${line.text}\n`));
  } catch (error) {
    if (!(error instanceof BrokenPipe)) throw error;
  }
  return 0;
}
