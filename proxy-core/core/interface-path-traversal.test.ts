import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestLoopback } from './testing-loopback.ts';

test.each([
  '/../secret.txt',
  '/assets/../../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e%2fsecret.txt',
  '/..%5csecret.txt',
  '/%252e%252e/secret.txt',
  '//secret.txt',
  '/./../secret.txt',
  '/assets/%00/../../secret.txt',
  '/secret.txt%00.js',
  '/%',
  '/%ff.txt',
  'secret.txt',
  'http://127.0.0.1/../secret.txt',
])('the target %s does not lead out of the interface’s folder', async (target) => {
  await using loopback = await startTestLoopback();
  const Cookie = await loopback.launch();
  const answer = await loopback.get(target, { Cookie });
  expect(answer.body).not.toContain('secret');
  expect(answer.status).not.toBe(200);
});

test('a link in the folder does not lead out of it either', async () => {
  await using loopback = await startTestLoopback();
  await symlink(join(loopback.folder, '..', 'secret.txt'), join(loopback.folder, 'link.txt'));
  const Cookie = await loopback.launch();
  expect(await loopback.get('/link.txt', { Cookie })).toMatchObject({ status: 404 });
});

test('a folder is no file', async () => {
  await using loopback = await startTestLoopback();
  const Cookie = await loopback.launch();
  expect((await loopback.get('/assets.js/', { Cookie })).status).not.toBe(500);
});
