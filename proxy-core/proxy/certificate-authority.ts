import { createPrivateKey, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { ensureFolder, readTextIfPresent, writeTextAtomically } from '../state-folder/text-file.ts';

/** A certificate with its key, PEM. */
export interface CertifiedKey {
  key: string;
  certificate: string;
}

const day = 24 * 60 * 60_000;
/** The server's certificate is made anew this long before it ends, so that a laptop asleep for weeks wakes up in time. */
export const renewAheadMs = 30 * day;
/** The names that a kubeconfig or a person may use for this machine's loopback. */
const hosts = { ip: '127.0.0.1', name: 'localhost' };

/**
 * The certificate authority of this installation: one key that signs nothing but the local proxy's own certificate, and
 * whose certificate stands in the written kubeconfigs only; no system store ever trusts it.
 *
 * Both live in the proxy's folder, 0600, each key in one file with its certificate, so that they cannot come apart. What
 * is missing, damaged, expired or does not belong together is made anew.
 */
export class CertificateAuthority {
  readonly #folder: string;
  readonly #now: () => Date;
  readonly #authority: CertifiedKey;
  #server: CertifiedKey;

  private constructor(folder: string, now: () => Date, authority: CertifiedKey, server: CertifiedKey) {
    this.#folder = folder;
    this.#now = now;
    this.#authority = authority;
    this.#server = server;
  }

  /** @throws {StateError} where the folder cannot be read or written */
  static async open(folder: string, now: () => Date): Promise<CertificateAuthority> {
    await ensureFolder(folder);
    let authority = parse(await readTextIfPresent(authorityFile(folder)));
    if (authority === undefined || !isUsableAuthority(authority, now())) {
      const { issueAuthority } = await import('./issue-certificate.ts');
      authority = await issueAuthority(now());
      await writeTextAtomically(authorityFile(folder), asPem(authority));
    }
    let server = parse(await readTextIfPresent(serverFile(folder)));
    if (server === undefined || !isUsableServer(server, authority, now()))
      server = await issue(folder, authority, now());
    return new CertificateAuthority(folder, now, authority, server);
  }

  /** To be embedded in the kubeconfig. */
  get certificate(): string {
    return this.#authority.certificate;
  }

  get server(): CertifiedKey {
    return this.#server;
  }

  /** @returns the new certificate where the present one is near its end, else undefined */
  async renewIfDue(): Promise<CertifiedKey | undefined> {
    if (isUsableServer(this.#server, this.#authority, this.#now())) return undefined;
    this.#server = await issue(this.#folder, this.#authority, this.#now());
    return this.#server;
  }
}

const authorityFile = (folder: string) => join(folder, 'ca.pem');
const serverFile = (folder: string) => join(folder, 'server.pem');
const asPem = ({ key, certificate }: CertifiedKey) => `${certificate.trim()}\n${key.trim()}\n`;

async function issue(folder: string, authority: CertifiedKey, now: Date): Promise<CertifiedKey> {
  const { issueServerCertificate } = await import('./issue-certificate.ts');
  const server = await issueServerCertificate(authority, hosts, now);
  await writeTextAtomically(serverFile(folder), asPem(server));
  return server;
}

function parse(text: string | undefined): CertifiedKey | undefined {
  const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(text ?? '')?.[0];
  const key = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/.exec(text ?? '')?.[0];
  return certificate && key ? { certificate: `${certificate}\n`, key: `${key}\n` } : undefined;
}

function isUsableAuthority(authority: CertifiedKey, now: Date): boolean {
  return isSound(authority, now, renewAheadMs, (certificate) => certificate.ca);
}

function isUsableServer(server: CertifiedKey, authority: CertifiedKey, now: Date): boolean {
  return isSound(
    server,
    now,
    renewAheadMs,
    (certificate) =>
      certificate.verify(new X509Certificate(authority.certificate).publicKey) &&
      certificate.checkIP(hosts.ip) !== undefined &&
      certificate.checkHost(hosts.name) !== undefined,
  );
}

function isSound(
  { certificate, key }: CertifiedKey,
  now: Date,
  aheadMs: number,
  holds: (certificate: X509Certificate) => boolean,
): boolean {
  try {
    const parsed = new X509Certificate(certificate);
    return (
      parsed.checkPrivateKey(createPrivateKey(key)) &&
      parsed.validFromDate.getTime() <= now.getTime() &&
      parsed.validToDate.getTime() > now.getTime() + aheadMs &&
      holds(parsed)
    );
  } catch {
    // Not a certificate or not a key: as good as none.
    return false;
  }
}
