import { rm } from 'node:fs/promises';
import * as z from 'zod';
import { cluster } from '../contract/clusters.ts';
import { readTextIfPresent, writeTextAtomically } from '../state-folder/index.ts';

/**
 * The clusters and roles that the controller last pushed to this person, so that after an offline start the contexts are
 * still there and a tool is told that the controller is away, rather than that its context does not exist. Holds no secret.
 */
export const entitlements = z.object({ controllerUrl: z.string(), user: z.string(), clusters: z.array(cluster) });
export type Entitlements = z.infer<typeof entitlements>;

export async function readEntitlements(path: string): Promise<Entitlements | undefined> {
  const text = await readTextIfPresent(path);
  if (text === undefined) return undefined;
  try {
    return entitlements.parse(JSON.parse(text));
  } catch {
    // The controller pushes them again at the next connection.
    return undefined;
  }
}

export async function writeEntitlements(path: string, value: Entitlements): Promise<void> {
  await writeTextAtomically(path, `${JSON.stringify(value)}\n`);
}

export async function forgetEntitlements(path: string): Promise<void> {
  await rm(path, { force: true });
}
