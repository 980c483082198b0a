import * as z from 'zod';
import { user } from '../contract/controller.ts';
import type { SecretStore } from './secret-store.ts';

/** A sign-in as it outlives the process: one entry for the token, one for the key with what belongs to it. */
export const storedDevice = z.object({
  issuer: z.string(),
  controllerUrl: z.string(),
  privateKey: z.string(),
  certificate: z.string(),
  certificateExpiresAt: z.iso.datetime(),
  certificateIssuedAt: z.iso.datetime(),
  deviceId: z.string(),
  user,
});
export type StoredDevice = z.infer<typeof storedDevice>;

export interface StoredSignIn {
  device: StoredDevice;
  refreshToken: string | undefined;
}

const deviceEntry = 'device';
const refreshTokenEntry = 'refresh-token';

/** What a former start left, or undefined; an entry that cannot be read counts as none. */
export async function readStoredSignIn(store: Pick<SecretStore, 'read'>): Promise<StoredSignIn | undefined> {
  const text = await store.read(deviceEntry);
  if (text === undefined) return undefined;
  const device = storedDevice.safeParse(parseJson(text));
  if (!device.success) return undefined;
  return { device: device.data, refreshToken: await store.read(refreshTokenEntry) };
}

export async function writeStoredSignIn(
  store: Pick<SecretStore, 'write' | 'remove'>,
  { device, refreshToken }: StoredSignIn,
): Promise<void> {
  // The token first: with rotation (RFC 9700, section 4.14) the old one is worthless already.
  if (refreshToken === undefined) await store.remove(refreshTokenEntry);
  else await store.write(refreshTokenEntry, refreshToken);
  await store.write(deviceEntry, JSON.stringify(device));
}

export async function removeStoredSignIn(store: Pick<SecretStore, 'remove'>): Promise<void> {
  await Promise.all([store.remove(refreshTokenEntry), store.remove(deviceEntry)]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
