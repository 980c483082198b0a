import type { X509Certificate } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { ControllerError } from '../errors.ts';
import { keyThumbprint } from './request.ts';

/** Whom a client certificate was issued to. Says who holds the key, never what they may do. */
export type CertificateHolder = { keyThumbprint: string; expiresAtMs: number } & (
  | { kind: 'device'; deviceId: string }
  | { kind: 'agent'; cluster: string; agentId: string }
);

const clientAuthUsage = '1.3.6.1.5.5.7.3.2';
const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const deviceName = new RegExp(`^URI:postern://device/(${uuid})$`);
const agentName = new RegExp(`^URI:postern://agent/([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)/(${uuid})$`);

export const deviceUri = (deviceId: string) => `postern://device/${deviceId}`;
export const agentUri = (cluster: string, agentId: string) => `postern://agent/${cluster}/${agentId}`;

/**
 * Verifies a visitor's certificate against the controller's own CA: signature, dates, usage, and the one name by which
 * it was issued. TLS has already proved that the visitor holds its key.
 *
 * @throws {ControllerError} `POSTERN_CERTIFICATE_EXPIRED`, or `POSTERN_SIGNED_OUT` for a certificate of anybody else
 */
export function certificateHolder(
  certificate: X509Certificate,
  authority: X509Certificate,
  clock: Clock,
): CertificateHolder {
  if (!certificate.checkIssued(authority) || !certificate.verify(authority.publicKey) || certificate.ca) {
    throw foreign('was not issued by this controller');
  }
  if (!certificate.keyUsage?.includes(clientAuthUsage)) throw foreign('is not for clients');
  const expiresAtMs = certificate.validToDate.getTime();
  if (clock.now() >= expiresAtMs) {
    throw new ControllerError(
      'POSTERN_CERTIFICATE_EXPIRED',
      `the certificate expired at ${certificate.validToDate.toISOString()}`,
      {
        hint: 'sign in again',
      },
    );
  }
  if (clock.now() < certificate.validFromDate.getTime()) throw foreign('is not valid yet');

  const proof = {
    keyThumbprint: keyThumbprint(certificate.publicKey.export({ type: 'spki', format: 'der' })),
    expiresAtMs,
  };
  const names = certificate.subjectAltName ?? '';
  const device = deviceName.exec(names);
  if (device) return { kind: 'device', deviceId: device[1]!, ...proof };
  const agent = agentName.exec(names);
  if (agent) return { kind: 'agent', cluster: agent[1]!, agentId: agent[2]!, ...proof };
  throw foreign('names neither a device nor an agent');
}

function foreign(why: string): ControllerError {
  return new ControllerError('POSTERN_SIGNED_OUT', `the client certificate ${why}`, { hint: 'sign in again' });
}
