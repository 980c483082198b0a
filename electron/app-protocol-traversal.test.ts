import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveInterface } from './app-protocol.ts';

let root: string;
let serve: ReturnType<typeof serveInterface>;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'postern-interface-'));
  const folder = join(root, 'renderer');
  await mkdir(join(folder, 'assets'), { recursive: true });
  await mkdir(join(root, 'renderer-secrets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html>page');
  await writeFile(join(folder, 'assets', 'a.js'), 'script');
  await writeFile(join(root, 'secret.txt'), 'secret');
  await writeFile(join(root, 'renderer-secrets', 'secret.txt'), 'secret');
  await symlink(join(root, 'secret.txt'), join(folder, 'link.txt'));
  serve = serveInterface(folder);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const get = (url: string, method = 'GET') => serve({ url, method });

test('files of the interface come with their type and the security headers', async () => {
  const script = await get('app://postern/assets/a.js');
  expect(await script.text()).toBe('script');
  expect(script.headers.get('content-type')).toContain('text/javascript');
  expect(script.headers.get('x-content-type-options')).toBe('nosniff');
  const policy = script.headers.get('content-security-policy');
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toContain('unsafe-eval');
});

test('each address of the interface is the one page', async () => {
  for (const url of ['app://postern/', 'app://postern/sessions/0190', 'app://postern/?a=1#b'])
    expect(await (await get(url)).text()).toContain('page');
});

test.each([
  'app://postern/../secret.txt',
  'app://postern/..%2fsecret.txt',
  'app://postern/%2e%2e/secret.txt',
  'app://postern/%2e%2e%2fsecret.txt',
  'app://postern/assets/..%5c..%5c..%5csecret.txt',
  'app://postern/..%2frenderer-secrets%2fsecret.txt',
  'app://postern/%2fetc%2fpasswd.txt',
  'app://postern//etc/passwd.txt',
  'app://postern/link.txt',
  'app://postern/assets/a.js%00.html',
  'app://postern/C:%5csecret.txt',
  'app://postern/%ff.txt',
  'app://postern/missing.js',
  'app://elsewhere/assets/a.js',
  'file:///etc/passwd.txt',
  'no address',
])('%s gives nothing', async (url) => {
  const answer = await get(url);
  expect(answer.status).toBe(404);
  expect(await answer.text()).toBe('');
});

test('nothing but reading is possible', async () => {
  expect((await get('app://postern/assets/a.js', 'POST')).status).toBe(405);
  expect(await (await get('app://postern/assets/a.js', 'HEAD')).text()).toBe('');
});
