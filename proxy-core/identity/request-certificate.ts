import type { User } from '../contract/controller.ts';
import { type Clock, TunnelError } from '../tunnel/index.ts';
import { createCertificateRequest, type DeviceKey } from './device-key.ts';
import { unlessAborted } from './unless-aborted.ts';

/** The controller's `signIn.exchange`, narrowed to what the identity calls. */
export type ExchangeCertificate = (
  input: { idToken: string; certificateRequest: string; deviceName: string },
  signal: AbortSignal,
) => Promise<IssuedCertificate>;

export interface IssuedCertificate {
  /** PEM. */
  certificate: string;
  expiresAt: string;
  deviceId: string;
  user: User;
}

/** A connection can die unnoticed, as when the machine falls asleep on it. The controller may have to ask the provider first. */
const answerWithinMs = 30_000;

/**
 * Exchanges an ID token for a certificate of the device's key.
 *
 * @param ending gives up
 * @throws {TunnelError} `POSTERN_CONTROLLER_UNREACHABLE` after {@link answerWithinMs}; else what the controller refuses with
 */
export async function requestCertificate(
  key: DeviceKey,
  idToken: string,
  {
    controllerUrl,
    deviceName,
    exchangeCertificate,
  }: { controllerUrl: string; deviceName: string; exchangeCertificate: ExchangeCertificate },
  clock: Clock,
  ending: AbortSignal,
): Promise<IssuedCertificate> {
  const certificateRequest = await createCertificateRequest(key);
  const late = new AbortController();
  const signal = AbortSignal.any([late.signal, ending]);
  const timeout = clock.setTimeout(() => {
    const { host } = new URL(controllerUrl);
    late.abort(
      new TunnelError('POSTERN_CONTROLLER_UNREACHABLE', `${host} does not answer the request for a certificate`, {
        hint: 'try again in a moment',
      }),
    );
  }, answerWithinMs);
  try {
    return await unlessAborted(exchangeCertificate({ idToken, certificateRequest, deviceName }, signal), signal);
  } finally {
    clock.clearTimeout(timeout);
  }
}
