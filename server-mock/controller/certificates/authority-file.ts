import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ControllerError } from '../errors.ts';

export interface AuthorityFile {
  /** PEM. */
  certificate: string;
  /** PKCS #8 DER. */
  key: Uint8Array<ArrayBuffer>;
}

const fileName = 'certificate-authority.pem';

/** @returns undefined where there is no file yet. @throws {ControllerError} `POSTERN_STORE_FAILED` */
export async function readAuthorityFile(dataDir: string): Promise<AuthorityFile | undefined> {
  const path = join(dataDir, fileName);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ControllerError('POSTERN_STORE_FAILED', `${path} cannot be read`, { cause });
  }
  const certificate = block(text, 'CERTIFICATE');
  const key = block(text, 'PRIVATE KEY');
  if (!certificate || !key) {
    throw new ControllerError('POSTERN_STORE_FAILED', `${path} is damaged`, { hint: 'restore it from a backup' });
  }
  return { certificate: certificate.pem, key: certificate && new Uint8Array(Buffer.from(key.base64, 'base64')) };
}

/**
 * Key and certificate in one file, so that there is never one without the other; mode 0600; on disk before it is used.
 *
 * @throws {ControllerError} `POSTERN_STORE_FAILED`
 */
export async function writeAuthorityFile(dataDir: string, authority: AuthorityFile): Promise<void> {
  const path = join(dataDir, fileName);
  const temporary = `${path}.new`;
  const key =
    Buffer.from(authority.key)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await rm(temporary, { force: true });
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(
        `${authority.certificate.trim()}\n-----BEGIN PRIVATE KEY-----\n${key.join('\n')}\n-----END PRIVATE KEY-----\n`,
      );
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(temporary, 0o600);
    await rename(temporary, path);
  } catch (cause) {
    throw new ControllerError('POSTERN_STORE_FAILED', `${path} cannot be written`, { cause });
  }
}

function block(text: string, label: string): { pem: string; base64: string } | undefined {
  const match = new RegExp(`-----BEGIN ${label}-----([^-]+)-----END ${label}-----`).exec(text);
  return match ? { pem: `${match[0]}\n`, base64: match[1]! } : undefined;
}
