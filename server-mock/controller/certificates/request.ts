import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { Pkcs10CertificateRequest, type PublicKey } from '@peculiar/x509';
import { ControllerError } from '../errors.ts';

/** A certificate request whose signature proves the key. Nothing else in it counts: the controller chooses every name. */
export interface CertificateRequest {
  publicKey: PublicKey;
  /** base64url SHA-256 of the SubjectPublicKeyInfo. */
  keyThumbprint: string;
}

/**
 * Reads a PKCS #10 request (RFC 2986) and verifies that whoever made it holds the key.
 *
 * @throws {ControllerError} `POSTERN_CERTIFICATE_REQUEST_REFUSED`
 */
export async function readCertificateRequest(pem: string): Promise<CertificateRequest> {
  let request: Pkcs10CertificateRequest;
  try {
    request = new Pkcs10CertificateRequest(pem);
  } catch (cause) {
    throw refused('cannot be read', cause);
  }
  const algorithm = request.publicKey.algorithm as { name: string; namedCurve?: string };
  if (algorithm.name !== 'ECDSA' || algorithm.namedCurve !== 'P-256') {
    throw refused('must be for an EC P-256 key');
  }
  const verified = await request.verify().catch((cause: unknown) => {
    throw refused('cannot be verified', cause);
  });
  if (!verified) throw refused('is not signed by its own key');
  return { publicKey: request.publicKey, keyThumbprint: keyThumbprint(request.publicKey.rawData) };
}

/** base64url SHA-256 of a SubjectPublicKeyInfo in DER: how keys are named everywhere in Postern. */
export function keyThumbprint(subjectPublicKeyInfo: ArrayBuffer | Uint8Array): string {
  return createHash('sha256').update(new Uint8Array(subjectPublicKeyInfo)).digest('base64url');
}

function refused(why: string, cause?: unknown): ControllerError {
  return new ControllerError('POSTERN_CERTIFICATE_REQUEST_REFUSED', `the certificate request ${why}`, { cause });
}
