import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair as generateKeyPairCallback,
  webcrypto,
} from 'node:crypto';
import { promisify } from 'node:util';

const generateKeyPair = promisify(generateKeyPairCallback);

/** The EC P-256 key of one sign-in on one device. The private half never leaves this process and the keychain. */
export interface DeviceKey {
  /** PKCS#8 PEM. */
  privateKey: string;
  /** base64url SHA-256 of the SubjectPublicKeyInfo: the nonce that ties an ID token to this key. */
  thumbprint: string;
}

export async function createDeviceKey(): Promise<DeviceKey> {
  const { privateKey } = await generateKeyPair('ec', { namedCurve: 'P-256' });
  return deviceKeyFromPem(privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
}

/** @throws {Error} where `pem` holds no private key */
export function deviceKeyFromPem(pem: string): DeviceKey {
  const publicKey = createPublicKey(createPrivateKey(pem)).export({ format: 'der', type: 'spki' });
  return { privateKey: pem, thumbprint: createHash('sha256').update(publicKey).digest('base64url') };
}

/**
 * A PKCS#10 request (RFC 2986), whose signature proves possession of the key. The controller takes no name from it.
 *
 * @returns PEM
 */
export async function createCertificateRequest(key: DeviceKey): Promise<string> {
  // Loaded when first needed: reading certificates is no part of a start with a valid certificate.
  await import('reflect-metadata');
  const { Pkcs10CertificateRequestGenerator } = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const pkcs8 = createPrivateKey(key.privateKey).export({ format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(createPrivateKey(key.privateKey)).export({ format: 'der', type: 'spki' });
  const keys = {
    privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']),
    publicKey: await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
  };
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: 'CN=Postern device',
    keys,
    signingAlgorithm: algorithm,
  });
  return request.toString('pem');
}
