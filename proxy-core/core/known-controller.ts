import { dirname } from 'node:path';
import * as z from 'zod';
import { discovery } from '../contract/controller.ts';
import { ensureFolder, readTextIfPresent, writeTextAtomically } from '../state-folder/index.ts';
import { discover, parseControllerUrl, TunnelError } from '../tunnel/index.ts';

/** A controller that was reached and trusted once, as it described itself then. Kept in `controller.json`. */
export const knownController = z.object({
  url: z.string(),
  /** `https://host:port`, without the pin. */
  origin: z.string(),
  /** PEM of the authority to trust. */
  ca: z.string(),
  discovery,
});
export type KnownController = z.infer<typeof knownController>;

/**
 * Asks the controller who it is.
 *
 * @throws {TunnelError} `POSTERN_CONTROLLER_URL_INVALID`, `_UNREACHABLE`, `_UNTRUSTED`, `_NOT_POSTERN`
 */
export async function reachController(url: string, signal?: AbortSignal): Promise<KnownController> {
  const found = await discover(parseControllerUrl(url), signal ? { signal } : {});
  return { url, origin: found.origin, ca: found.ca, discovery: found.discovery };
}

/**
 * The controller at a URL: as remembered where it was reached before (so that a start works offline and at once), else asked.
 *
 * @throws {TunnelError} as {@link reachController}
 */
export async function findController(
  path: string,
  url: string,
  signal?: AbortSignal,
): Promise<{ controller: KnownController; fresh: boolean }> {
  parseControllerUrl(url);
  const remembered = await readRemembered(path);
  if (remembered?.url === url) return { controller: remembered, fresh: false };
  const controller = await reachController(url, signal);
  await rememberController(path, controller);
  return { controller, fresh: true };
}

export async function rememberController(path: string, controller: KnownController): Promise<void> {
  await ensureFolder(dirname(path));
  await writeTextAtomically(path, `${JSON.stringify(controller, null, 2)}\n`);
}

/** Whether a failure to reach the controller means only that it, or the network, is away for now. */
export function isAway(error: unknown): boolean {
  return error instanceof TunnelError && error.code === 'POSTERN_CONTROLLER_UNREACHABLE';
}

async function readRemembered(path: string): Promise<KnownController | undefined> {
  const text = await readTextIfPresent(path);
  if (text === undefined) return undefined;
  try {
    return knownController.parse(JSON.parse(text));
  } catch {
    // A copy of what the controller says anyway: it is fetched again.
    return undefined;
  }
}
