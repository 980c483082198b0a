import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

/*
 * Certificates for tests, of the shape that the controller issues: EC P-256, one CA, server certificates by host, client
 * certificates by common name. Not for production: the controller's own CA lives in server-mock/controller.
 */

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 24 * 60 * 60 * 1000;

export interface TestCertificate {
  /** PEM. */
  key: string;
  certificate: string;
}

export interface TestAuthority {
  /** PEM of the CA certificate. */
  ca: string;
  serverCertificate(hosts?: readonly string[]): Promise<TestCertificate>;
  clientCertificate(
    commonName: string,
    options?: { uri?: string; notBefore?: Date; notAfter?: Date },
  ): Promise<TestCertificate>;
}

export async function createTestAuthority(commonName = 'Postern test CA'): Promise<TestAuthority> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${commonName}`,
    ...validity(),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const issue = async (
    subject: string,
    usage: x509.ExtendedKeyUsage,
    names: x509.JsonGeneralNames,
    dates: { notBefore?: Date; notAfter?: Date } = {},
  ): Promise<TestCertificate> => {
    const own = await generateKeys();
    const issued = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: [{ CN: [subject] }],
      issuer: certificate.subject,
      ...validity(),
      ...dates,
      signingAlgorithm: algorithm,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
      ],
    });
    return { key: await exportKey(own.privateKey), certificate: issued.toString('pem') };
  };
  return {
    ca: certificate.toString('pem'),
    serverCertificate: (hosts = ['127.0.0.1', 'localhost']) =>
      issue(
        hosts[0] ?? 'localhost',
        x509.ExtendedKeyUsage.serverAuth,
        hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
    clientCertificate: (name, options = {}) => {
      const { uri, ...dates } = options;
      return issue(
        name,
        x509.ExtendedKeyUsage.clientAuth,
        uri === undefined ? [] : [{ type: 'url', value: uri }],
        dates,
      );
    },
  };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  return x509.PemConverter.encode(der, 'PRIVATE KEY');
}

function serialNumber(): string {
  // A leading zero keeps it positive.
  return `00${Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString('hex')}`;
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - dayMs), notAfter: new Date(now + 30 * dayMs) };
}
