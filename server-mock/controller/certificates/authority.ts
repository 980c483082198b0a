import 'reflect-metadata';
import { X509Certificate as NodeCertificate, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Clock } from '../clock.ts';
import { ControllerError } from '../errors.ts';
import { readAuthorityFile, writeAuthorityFile } from './authority-file.ts';

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' };
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' };
const authorityLifetimeMs = 10 * 365 * 86_400_000;
/** Short enough that nobody relies on it, renewed while the controller runs. */
export const listenerLifetimeMs = 30 * 86_400_000;
/** A client's clock may be this far behind. */
const backdatedMs = 5 * 60_000;

export interface IssuedCertificate {
  /** PEM. */
  certificate: string;
  serialNumber: string;
  expiresAtMs: number;
}

/** The controller's own CA: EC P-256, one file in the data folder. Signs its listener, devices and agents, and nothing else. */
export class CertificateAuthority {
  /** PEM. */
  readonly certificate: string;
  readonly nodeCertificate: NodeCertificate;
  readonly #issuer: X509Certificate;
  readonly #key: webcrypto.CryptoKey;
  readonly #clock: Clock;

  private constructor(issuer: X509Certificate, key: webcrypto.CryptoKey, clock: Clock) {
    this.#issuer = issuer;
    this.#key = key;
    this.#clock = clock;
    this.certificate = pem(issuer);
    this.nodeCertificate = new NodeCertificate(this.certificate);
  }

  /**
   * Opens the CA in `dataDir`, or makes it where there is none yet.
   *
   * @throws {ControllerError} `POSTERN_STORE_FAILED` where the file is there but cannot be read or is damaged: a new CA
   *   in its place would cut off every device and agent
   */
  static async open(dataDir: string, organisation: string, clock: Clock): Promise<CertificateAuthority> {
    const stored = await readAuthorityFile(dataDir);
    if (stored) {
      try {
        const issuer = new X509Certificate(stored.certificate);
        const key = await webcrypto.subtle.importKey('pkcs8', stored.key, keyAlgorithm, false, ['sign']);
        return new CertificateAuthority(issuer, key, clock);
      } catch (cause) {
        throw new ControllerError('POSTERN_STORE_FAILED', `the certificate authority in ${dataDir} is damaged`, {
          cause,
          hint: 'restore it from a backup',
        });
      }
    }
    const keys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
    const issuer = await X509CertificateGenerator.createSelfSigned({
      serialNumber: newSerialNumber(),
      name: commonName(`Postern ${organisation}`),
      notBefore: new Date(clock.now() - backdatedMs),
      notAfter: new Date(clock.now() + authorityLifetimeMs),
      signingAlgorithm,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    await writeAuthorityFile(dataDir, {
      certificate: pem(issuer),
      key: new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)),
    });
    return new CertificateAuthority(issuer, keys.privateKey, clock);
  }

  /** A server certificate with a key of its own, for the addresses that clients dial. */
  async issueListener(hosts: readonly string[]): Promise<IssuedCertificate & { key: string }> {
    const keys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
    const names = [...new Set(hosts)].map(
      (host): JsonGeneralName => (isIP(host) ? { type: 'ip', value: host } : { type: 'dns', value: host }),
    );
    const issued = await this.#issue(keys.publicKey, listenerLifetimeMs, hosts[0]!, names, ExtendedKeyUsage.serverAuth);
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
    return { ...issued, key: pemBlock('PRIVATE KEY', pkcs8) };
  }

  /** @param uri `postern://device/…` or `postern://agent/…`, by which the certificate is known again */
  async issueClient(
    publicKey: PublicKey,
    subject: { commonName: string; uri: string; lifetimeMs: number },
  ): Promise<IssuedCertificate> {
    const key = await publicKey.export();
    return this.#issue(
      key,
      subject.lifetimeMs,
      subject.commonName,
      [{ type: 'url', value: subject.uri }],
      ExtendedKeyUsage.clientAuth,
    );
  }

  async #issue(
    publicKey: webcrypto.CryptoKey,
    lifetimeMs: number,
    subject: string,
    alternativeNames: JsonGeneralName[],
    usage: ExtendedKeyUsage,
  ): Promise<IssuedCertificate> {
    const now = this.#clock.now();
    // Certificates count in whole seconds, and none may outlive its issuer.
    const end = Math.min(now + lifetimeMs, this.#issuer.notAfter.getTime());
    const expiresAtMs = Math.floor(end / 1000) * 1000;
    const serialNumber = newSerialNumber();
    const extensions: Extension[] = [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([usage]),
      new SubjectAlternativeNameExtension(alternativeNames),
      await AuthorityKeyIdentifierExtension.create(this.#issuer.publicKey),
    ];
    const certificate = await X509CertificateGenerator.create({
      serialNumber,
      subject: commonName(subject),
      issuer: this.#issuer.subjectName,
      notBefore: new Date(now - backdatedMs),
      notAfter: new Date(expiresAtMs),
      signingAlgorithm,
      publicKey,
      signingKey: this.#key,
      extensions,
    });
    return { certificate: pem(certificate), serialNumber, expiresAtMs };
  }
}

/** A name as data, never parsed as RFC 4514 text: a user name may hold commas and quotes. X.520 allows 64 characters. */
function commonName(text: string): Name {
  return new Name([{ CN: [{ utf8String: [...text].slice(0, 64).join('') }] }]);
}

/** 20 octets at most, positive, unpredictable (RFC 5280 section 4.1.2.2). */
function newSerialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`;
}

function pemBlock(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
