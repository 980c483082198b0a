import { PosternError } from '../contract/errors.ts';
import type { CoreClient } from '../core/core-client.ts';
import type { CommandLine } from './command-line.ts';

/**
 * Asks the core that runs on the state folder.
 *
 * @throws {CoreError} `POSTERN_CORE_NOT_RUNNING`; `POSTERN_CORE_RUNNING` where it does not answer
 */
export async function withCore<Output>(
  line: CommandLine,
  use: (client: CoreClient) => Promise<Output>,
): Promise<Output> {
  const { connectToCore } = await import('../core/core-client.ts');
  const connection = await connectToCore(line.folder.core);
  try {
    return await use(connection.client);
  } finally {
    connection.close();
  }
}

/** As {@link withCore}, with undefined where none runs. */
export async function withRunningCore<Output>(
  line: CommandLine,
  use: (client: CoreClient) => Promise<Output>,
): Promise<Output | undefined> {
  const { CoreError } = await import('../core/errors.ts');
  const { connectToCore } = await import('../core/core-client.ts');
  const connection = await connectToCore(line.folder.core).catch((error: unknown) => {
    if (error instanceof CoreError && error.code === 'POSTERN_CORE_NOT_RUNNING') return undefined;
    throw error;
  });
  if (!connection) return undefined;
  try {
    return await use(connection.client);
  } finally {
    connection.close();
  }
}

/**
 * Runs a core for the length of one command; for what must work with none running. Where another command was first by a
 * moment, its core answers for both.
 */
export async function withOwnCore<Output>(
  line: CommandLine,
  options: import('../core/types.ts').CoreOptions,
  use: (client: CoreClient) => Promise<Output>,
): Promise<Output> {
  const { startCore } = await import('../core/start-core.ts');
  let core: import('../core/types.ts').Core;
  try {
    core = await startCore({ folder: line.folder, ...options });
  } catch (error) {
    const output = isRunning(error) ? await withRunningCore(line, use) : undefined;
    if (output === undefined) throw error;
    return output;
  }
  try {
    return await withCore(line, use);
  } finally {
    await core.close();
  }
}

function isRunning(error: unknown): boolean {
  return error instanceof PosternError && error.code === 'POSTERN_CORE_RUNNING';
}
