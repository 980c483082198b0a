import 'reflect-metadata';
import { webcrypto, X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { CertificateAuthority } from './authority.ts';
import { agentUri, certificateHolder, deviceUri } from './peer.ts';
import { readCertificateRequest } from './request.ts';

const device = '0190b4a0-0000-7000-8000-000000000001';
const at = (ms: number) => ({ ...systemClock, now: () => ms });
const now = Date.UTC(2026, 0, 1, 12);

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'postern-ca-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

async function request(
  algorithm: webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams = { name: 'ECDSA', namedCurve: 'P-256' },
) {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const made = await Pkcs10CertificateRequestGenerator.create({
    name: 'CN=root@acme.example',
    keys,
    signingAlgorithm: { ...algorithm, hash: 'SHA-256' } as webcrypto.EcdsaParams,
  });
  return { keys, pem: made.toString('pem') };
}

async function issue(authority: CertificateAuthority, uri: string, lifetimeMs = 3_600_000) {
  const { publicKey, keyThumbprint } = await readCertificateRequest((await request()).pem);
  const issued = await authority.issueClient(publicKey, { commonName: 'alice, "the" admin', uri, lifetimeMs });
  return { ...issued, keyThumbprint, x509: new X509Certificate(issued.certificate) };
}

describe('the certificate authority', () => {
  test('is the same after a restart, and its key is readable by its owner only', async () => {
    const first = await CertificateAuthority.open(dataDir, 'acme', at(now));
    const second = await CertificateAuthority.open(dataDir, 'acme', at(now));
    expect(second.certificate).toBe(first.certificate);
    expect((await stat(join(dataDir, 'certificate-authority.pem'))).mode & 0o777).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['certificate-authority.pem']);
  });

  test('refuses to start over a damaged key file, and leaves the file as it is', async () => {
    await CertificateAuthority.open(dataDir, 'acme', at(now));
    const path = join(dataDir, 'certificate-authority.pem');
    const damaged = (await readFile(path, 'utf8')).replace(/PRIVATE KEY-----\n..../, 'PRIVATE KEY-----\nAAAA');
    await writeFile(path, damaged);
    await expect(CertificateAuthority.open(dataDir, 'acme', at(now))).rejects.toMatchObject({
      code: 'POSTERN_STORE_FAILED',
    });
    expect(await readFile(path, 'utf8')).toBe(damaged);
  });

  test('writes its own names into a certificate, whatever the request asks for', async () => {
    const authority = await CertificateAuthority.open(dataDir, 'acme', at(now));
    const { x509 } = await issue(authority, deviceUri(device));
    expect(x509.subject).not.toContain('root@acme.example');
    expect(x509.toLegacyObject().subject.CN).toBe(`alice, "the" admin`);
    expect(x509.subjectAltName).toBe(`URI:postern://device/${device}`);
    expect(x509.ca).toBe(false);
  });

  test('gives no certificate a longer life than its own', async () => {
    const authority = await CertificateAuthority.open(dataDir, 'acme', at(now));
    const { expiresAtMs } = await issue(authority, deviceUri(device), 100 * 365 * 86_400_000);
    expect(expiresAtMs).toBe(authority.nodeCertificate.validToDate.getTime());
  });

  test('names hosts and addresses in its listener certificate', async () => {
    const authority = await CertificateAuthority.open(dataDir, 'acme', at(now));
    const listener = new X509Certificate(
      (await authority.issueListener(['postern.acme.example', '127.0.0.1'])).certificate,
    );
    expect(listener.checkHost('postern.acme.example')).toBeTruthy();
    expect(listener.checkIP('127.0.0.1')).toBeTruthy();
  });
});

describe('a certificate request', () => {
  test('is refused for anything but an EC P-256 key', async () => {
    const p384 = await request({ name: 'ECDSA', namedCurve: 'P-384' });
    const rsa = await request({
      name: 'RSASSA-PKCS1-v1_5',
      hash: 'SHA-256',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    });
    for (const { pem } of [p384, rsa]) {
      await expect(readCertificateRequest(pem)).rejects.toMatchObject({ code: 'POSTERN_CERTIFICATE_REQUEST_REFUSED' });
    }
  });

  test('is refused where it cannot be read, whatever the bytes', async () => {
    for (const text of [
      '',
      'AAAA',
      '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----',
      '\0'.repeat(100),
    ]) {
      await expect(readCertificateRequest(text)).rejects.toMatchObject({ code: 'POSTERN_CERTIFICATE_REQUEST_REFUSED' });
    }
  });

  test('is refused where another key than its own signed it', async () => {
    const { pem } = await request();
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    der[der.length - 5]! ^= 0xff;
    const tampered = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    await expect(readCertificateRequest(tampered)).rejects.toMatchObject({
      code: 'POSTERN_CERTIFICATE_REQUEST_REFUSED',
    });
  });
});

describe('the holder of a client certificate', () => {
  test('is the device or the agent that it was issued to', async () => {
    const authority = await CertificateAuthority.open(dataDir, 'acme', at(now));
    const one = await issue(authority, deviceUri(device));
    expect(certificateHolder(one.x509, authority.nodeCertificate, at(now))).toEqual({
      kind: 'device',
      deviceId: device,
      keyThumbprint: one.keyThumbprint,
      expiresAtMs: one.expiresAtMs,
    });
    const two = await issue(authority, agentUri('prod', device));
    expect(certificateHolder(two.x509, authority.nodeCertificate, at(now))).toMatchObject({
      kind: 'agent',
      cluster: 'prod',
    });
  });

  test('is nobody once the certificate has expired', async () => {
    const authority = await CertificateAuthority.open(dataDir, 'acme', at(now));
    const { x509, expiresAtMs } = await issue(authority, deviceUri(device));
    expect(() => certificateHolder(x509, authority.nodeCertificate, at(expiresAtMs))).toThrow(
      expect.objectContaining({ code: 'POSTERN_CERTIFICATE_EXPIRED' }),
    );
  });

  test('is nobody for a certificate of another authority, the authority itself, or a listener', async () => {
    const authority = await CertificateAuthority.open(dataDir, 'acme', at(now));
    const other = await CertificateAuthority.open(join(dataDir, 'other'), 'acme', at(now));
    const listener = await authority.issueListener(['localhost']);
    for (const certificate of [
      (await issue(other, deviceUri(device))).x509,
      authority.nodeCertificate,
      new X509Certificate(listener.certificate),
      (await issue(authority, `https://evil.example/${device}`)).x509,
    ]) {
      expect(() => certificateHolder(certificate, authority.nodeCertificate, at(now))).toThrow(
        expect.objectContaining({ code: 'POSTERN_SIGNED_OUT' }),
      );
    }
  });
});
