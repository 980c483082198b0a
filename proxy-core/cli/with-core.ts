import type { CoreClient } from '../core/core-client.ts';
import type { CommandLine } from './command-line.ts';

/**
 * Asks the core that runs on the state folder.
 *
 * @throws {CoreError} `POSTERN_CORE_NOT_RUNNING`
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

/** Runs a core for the length of one command; for what must work with none running. */
export async function withOwnCore<Output>(
  line: CommandLine,
  options: import('../core/types.ts').CoreOptions,
  use: (client: CoreClient) => Promise<Output>,
): Promise<Output> {
  const { startCore } = await import('../core/start-core.ts');
  const core = await startCore({ folder: line.folder, ...options });
  try {
    return await withCore(line, use);
  } finally {
    await core.close();
  }
}
