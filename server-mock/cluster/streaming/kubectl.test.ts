import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findKubectl, finished, Kubectl, shows } from './testing/kubectl.ts';
import { testPod } from './testing/pod.ts';
import { servePods } from './testing/pods-api.ts';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

// 1.27 speaks SPDY only, 1.33 WebSocket for all, 1.30 WebSocket for exec and SPDY for port-forward.
describe.each(['1.27', '1.30', '1.33'])('kubectl %s', { timeout: 60_000 }, (version) => {
  const binary = findKubectl(version);
  if (!binary) return void test.skip(`kubectl ${version} is not installed`, () => {});

  let server: Awaited<ReturnType<typeof servePods>>;
  let kubectl: Kubectl;

  beforeAll(async () => {
    server = await servePods([testPod('web-1')]);
    kubectl = new Kubectl(binary, server.url);
  });
  afterAll(async () => {
    kubectl?.close();
    await server?.close();
  });

  const container = () => server.containers.of(server.pods[0]!, 'app')!;

  test('exec gives stdout, stderr and the exit code', async () => {
    const run = await kubectl.run(['exec', 'web-1', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(run).toMatchObject({ exitCode: 7, stdout: Buffer.from('out\n') });
    expect(run.stderr).toMatch(/^err$/m);
    expect(run.stderr).toContain('command terminated with exit code 7');
    expect(await kubectl.run(['exec', 'web-1', '--', 'true'])).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('exec of a command that does not exist ends with 127 and says so', async () => {
    const run = await kubectl.run(['exec', 'web-1', '--', 'no-such-thing']);
    expect(run.exitCode).toBe(127);
    expect(run.stderr).toContain('"no-such-thing": not found');
  });

  test('exec passes megabytes of stdin through unchanged', async () => {
    const bytes = randomBytes(5_000_000);
    const run = await kubectl.run(['exec', '-i', 'web-1', '--', 'cat'], bytes);
    expect(run.exitCode).toBe(0);
    expect(sha256(run.stdout)).toBe(sha256(bytes));
  });

  test('a shell on a terminal echoes, edits, interrupts, knows its size and ends with its exit code', async () => {
    const child = kubectl.startOnTerminal('exec', '-it', 'web-1', '--', 'sh');
    const done = finished(child);
    await shows(child.stdout, /# /);
    child.stdin.write('stty sizx\x7fe\r');
    await shows(child.stdout, /33 111/);
    child.stdin.write('sleep 1000\r');
    await shows(child.stdout, /sleep 1000\r\n/);
    child.stdin.write('\x03');
    await shows(child.stdout, /\^C/);
    child.stdin.write('echo code $?\r');
    await shows(child.stdout, /code 130/);
    child.stdin.write('exit 5\r');
    expect((await done).exitCode).toBe(5);
  });

  test('logs -f follows until the container stops', async () => {
    container().print('first line');
    const child = kubectl.start('logs', '-f', '--tail=1', 'web-1');
    const done = finished(child);
    await shows(child.stdout, /first line\n/);
    container().print('second line');
    await shows(child.stdout, /second line\n/);
    container().exited();
    expect(await done).toMatchObject({ exitCode: 0 });
    container().restarted();
  });

  test('port-forward reaches the page that the pod serves, and says when a port is closed', async () => {
    const child = kubectl.start('port-forward', 'web-1', ':80', ':81');
    const errors = shows(child.stderr, /connection refused/);
    const text = await shows(child.stdout, /-> 80\n[\s\S]*-> 81\n/);
    const [open, closed] = ['80', '81'].map((port) => new RegExp(`127.0.0.1:(\\d+) -> ${port}\\n`).exec(text)?.[1]);
    const response = await fetch(`http://127.0.0.1:${open}/`);
    expect(response.headers.get('x-pod-name')).toBe('web-1');
    expect(await response.text()).toContain('emulated cluster');
    const many = await Promise.all(
      Array.from({ length: 20 }, async () => (await fetch(`http://127.0.0.1:${open}/`)).status),
    );
    expect(new Set(many)).toEqual(new Set([200]));
    await fetch(`http://127.0.0.1:${closed}/`).catch(() => {});
    expect(await errors).toContain('connection refused');
    child.kill('SIGTERM');
    await finished(child);
  });

  test('cp carries a big file and a folder there and back', async () => {
    const folder = join(kubectl.home, 'folder');
    mkdirSync(join(folder, 'inner'), { recursive: true });
    const big = randomBytes(6_000_001);
    writeFileSync(join(folder, 'big.bin'), big);
    writeFileSync(join(folder, 'inner', 'a file with blanks.txt'), 'hello');
    writeFileSync(join(folder, 'empty'), '');

    expect(await kubectl.run(['cp', folder, 'web-1:/tmp/there'])).toMatchObject({ exitCode: 0 });
    const sum = await kubectl.run(['exec', 'web-1', '--', 'sha256sum', '/tmp/there/big.bin']);
    expect(sum.stdout.toString()).toBe(`${sha256(big)}  /tmp/there/big.bin\n`);

    const back = join(kubectl.home, 'back');
    expect(await kubectl.run(['cp', 'web-1:/tmp/there', back])).toMatchObject({ exitCode: 0 });
    expect(sha256(readFileSync(join(back, 'big.bin')))).toBe(sha256(big));
    expect(readFileSync(join(back, 'inner', 'a file with blanks.txt'), 'utf8')).toBe('hello');
    expect(readFileSync(join(back, 'empty'), 'utf8')).toBe('');

    const missing = await kubectl.run(['cp', 'web-1:/no/such/file', back]);
    expect(missing.exitCode).not.toBe(0);
    // kubectl cp shows tar's errors on its standard output.
    expect(missing.stdout.toString()).toContain('No such file or directory');
  });
});
