import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { logCapacity } from './container/log.ts';
import { shows } from './testing/kubectl.ts';
import { testPod } from './testing/pod.ts';
import { servePods } from './testing/pods-api.ts';

const path = '/api/v1/namespaces/default/pods/web-1/log';

let server: Awaited<ReturnType<typeof servePods>>;
beforeEach(async () => {
  server = await servePods([testPod('web-1')]);
});
afterEach(() => server.close());

const container = () => server.containers.of(server.pods[0]!, 'app')!;
const print = (...lines: string[]) => {
  for (const line of lines) container().print(line);
};
const read = async (query = '') => (await fetch(`${server.url}${path}?${query}`)).text();
const refused = async (query: string) => (await fetch(`${server.url}${path}?${query}`)).json();

test('all lines are given, or the last ones, or as many bytes as asked for', async () => {
  print('one', 'two', 'three');
  expect(await read()).toBe('one\ntwo\nthree\n');
  expect(await read('tailLines=2')).toBe('two\nthree\n');
  expect(await read('tailLines=0')).toBe('');
  expect(await read('limitBytes=5')).toBe('one\nt');
});

test('timestamps stand before the lines, and lines before a time are left out', async () => {
  const hourAgo = Date.now() - 3_600_000;
  container().print('old', hourAgo);
  print('new');
  expect(await read('timestamps=true')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z old\n.{30} new\n$/);
  expect(await read('sinceSeconds=60')).toBe('new\n');
  expect(await read(`sinceTime=${encodeURIComponent(new Date(hourAgo + 1000).toISOString())}`)).toBe('new\n');
});

test('the run before is only there after a restart', async () => {
  print('first run');
  expect(await refused('previous=true')).toMatchObject({
    code: 400,
    message: 'previous terminated container "app" in pod "web-1" not found',
  });
  container().exited();
  container().restarted();
  server.store.modify('pods', 'default', 'web-1', (draft) => {
    (draft.status as { containerStatuses: { restartCount: number }[] }).containerStatuses[0]!.restartCount = 1;
  });
  print('second run');
  expect(await read('previous=true')).toBe('first run\n');
  expect(await read()).toBe('second run\n');
});

test('a request that makes no sense is refused in the words of kube-apiserver', async () => {
  expect(await refused('container=none')).toMatchObject({
    code: 400,
    message: 'container none is not valid for pod web-1',
  });
  expect(await refused('tailLines=-1')).toMatchObject({ code: 422, reason: 'Invalid' });
  expect(await refused('tailLines=many')).toMatchObject({ code: 400 });
  expect(await refused('limitBytes=0')).toMatchObject({ code: 422 });
  expect(await refused('sinceTime=yesterday')).toMatchObject({ code: 400 });
  expect(await refused('sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z')).toMatchObject({ code: 422 });
});

test('following ends with the container, and with the reader', async () => {
  const response = await follow(server.port);
  print('seen');
  await shows(response, /seen\n/);
  container().exited();
  await new Promise((resolve) => response.once('end', resolve).resume());

  container().restarted();
  const second = await follow(server.port);
  second.destroy();
  print('nobody reads this');
});

test('a reader that does not read holds up nobody and costs no more than the log', async () => {
  const slow = await follow(server.port);
  slow.pause();
  const line = 'x'.repeat(1_000);
  for (let count = 0; count < 5_000; count++) print(line);
  print('the end');
  expect((await read()).length).toBeLessThan(logCapacity + 20_000);
  expect(await read('tailLines=1')).toBe('the end\n');
  const end = shows(slow, /the end\n/);
  slow.resume();
  await end;
});

test('closing the cluster ends who follows', async () => {
  const other = await servePods([testPod('web-1')]);
  const response = await follow(other.port);
  const ended = new Promise((resolve) => response.once('close', resolve).resume());
  await other.close();
  await ended;
});

function follow(port: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: `${path}?follow=true` }, resolve).on('error', reject);
  });
}
