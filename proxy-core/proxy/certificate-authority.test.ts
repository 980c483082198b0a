import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CertificateAuthority } from './certificate-authority.ts';

const day = 24 * 60 * 60_000;
const start = new Date('2026-03-01T00:00:00Z');

describe('the local certificate authority', () => {
  let folder: string;
  let now: Date;
  const open = () => CertificateAuthority.open(folder, () => now);

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'postern-ca-')), 'proxy');
    now = start;
  });
  afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

  test('certifies 127.0.0.1 and localhost with an EC P-256 key and signs nothing else', async () => {
    const authority = await open();
    const ca = new X509Certificate(authority.certificate);
    const server = new X509Certificate(authority.server.certificate);
    expect(server.checkIssued(ca)).toBe(true);
    expect(server.verify(ca.publicKey)).toBe(true);
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server.checkHost('localhost')).toBe('localhost');
    expect(server.checkHost('example.com')).toBeUndefined();
    expect(server.ca).toBe(false);
    expect(server.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  test('stays the same across restarts', async () => {
    const first = await open();
    const second = await open();
    expect(second.certificate).toBe(first.certificate);
    expect(second.server.certificate).toBe(first.server.certificate);
  });

  test('differs from one installation to the next', async () => {
    const first = await open();
    await rm(folder, { recursive: true });
    const second = await open();
    expect(
      new X509Certificate(second.certificate).publicKey.equals(new X509Certificate(first.certificate).publicKey),
    ).toBe(false);
  });

  test.skipIf(process.platform === 'win32')('keeps its keys where nobody else can read them', async () => {
    await open();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const file of ['ca.pem', 'server.pem']) expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
  });

  test('renews the server certificate 30 days ahead and keeps the authority', async () => {
    const authority = await open();
    const first = authority.server;
    expect(await authority.renewIfDue()).toBeUndefined();
    now = new Date(start.getTime() + 368 * day);
    const renewed = await authority.renewIfDue();
    expect(renewed?.certificate).not.toBe(first.certificate);
    expect(authority.server).toBe(renewed);
    expect((await open()).server.certificate).toBe(renewed?.certificate);
    const server = new X509Certificate(authority.server.certificate);
    expect(server.validToDate.getTime()).toBeGreaterThan(now.getTime() + 300 * day);
    expect(server.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
  });

  test('begins anew where the authority itself is near its end', async () => {
    const first = await open();
    now = new Date(start.getTime() + 3640 * day);
    expect((await open()).certificate).not.toBe(first.certificate);
  });

  test.each(['', 'not a certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'replaces a damaged file (%j)',
    async (damage) => {
      await open();
      await writeFile(join(folder, 'ca.pem'), damage);
      const authority = await open();
      const server = new X509Certificate(authority.server.certificate);
      expect(server.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    },
  );

  test('does not trust a server key that another authority certified', async () => {
    const first = await open();
    const foreign = await readFile(join(folder, 'server.pem'), 'utf8');
    await rm(join(folder, 'ca.pem'));
    const second = await open();
    expect(foreign).toContain(first.server.certificate.trim());
    expect(second.server.certificate).not.toBe(first.server.certificate);
  });
});
