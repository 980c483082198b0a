import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' };
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' };

export interface IssuedPair {
  /** PEM, both. */
  certificate: string;
  key: string;
}

export interface TestAuthority {
  certificate: string;
  /** @param subject as RFC 4514 text, such as `CN=admin,O=system:masters` */
  issue(subject: string, usage: 'server' | 'client', names?: JsonGeneralName[]): Promise<IssuedPair>;
}

/** A throw-away CA for a test's API server. Valid for a day. */
export async function createTestAuthority(): Promise<TestAuthority> {
  const keys = await crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const issuer = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=test-kubernetes',
    ...validity(),
    signingAlgorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return {
    certificate: issuer.toString('pem'),
    async issue(subject, usage, names = []) {
      const own = await crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
      const certificate = await X509CertificateGenerator.create({
        serialNumber: serialNumber(),
        subject,
        issuer: issuer.subjectName,
        ...validity(),
        signingAlgorithm,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        extensions: [
          new ExtendedKeyUsageExtension([
            usage === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth,
          ]),
          ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
        ],
      });
      return { certificate: certificate.toString('pem'), key: await keyPem(own.privateKey) };
    },
  };
}

/** An EC P-256 key pair, PEM. */
export async function createKeyPair(): Promise<{ privateKey: string; publicKey: string }> {
  const keys = await crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const publicKey = pem('PUBLIC KEY', await crypto.subtle.exportKey('spki', keys.publicKey));
  return { privateKey: await keyPem(keys.privateKey), publicKey };
}

async function keyPem(key: CryptoKey): Promise<string> {
  return pem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', key));
}

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 86_400_000) };
}

function serialNumber(): string {
  return `1${randomBytes(8).toString('hex')}`;
}
