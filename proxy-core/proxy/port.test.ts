import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listenOnKeptPort } from './port.ts';

describe('the kept port', () => {
  let folder: string;
  let servers: Server[];
  const server = () => {
    const made = createServer();
    servers.push(made);
    return made;
  };
  const end = (one: Server) => new Promise<void>((resolve) => one.close(() => resolve()));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-port-'));
    servers = [];
  });
  afterEach(async () => {
    await Promise.all(servers.filter((one) => one.listening).map(end));
    await rm(folder, { recursive: true, force: true });
  });

  test('stays the same across restarts, on loopback, outside the range of outgoing connections', async () => {
    const first = server();
    const port = await listenOnKeptPort(first, folder);
    expect(first.address()).toMatchObject({ address: '127.0.0.1', port });
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(30_000);
    await end(first);
    expect(await listenOnKeptPort(server(), folder)).toBe(port);
  });

  test('is another one where the first choice is taken at the first start', async () => {
    const port = await listenOnKeptPort(server(), folder);
    await rm(join(folder, 'port'));
    const second = await listenOnKeptPort(server(), folder);
    expect(second).not.toBe(port);
    expect(await readFile(join(folder, 'port'), 'utf8')).toBe(`${second}\n`);
  });

  test('is never given up for another: a program that took it is named as the reason, with a hint', async () => {
    const first = server();
    const port = await listenOnKeptPort(first, folder);
    await expect(listenOnKeptPort(server(), folder)).rejects.toMatchObject({
      code: 'POSTERN_PROXY_PORT_TAKEN',
      message: `port ${port} on 127.0.0.1 is used by another program`,
      hint: expect.stringContaining(join(folder, 'port')),
    });
    expect(await readFile(join(folder, 'port'), 'utf8')).toBe(`${port}\n`);
  });

  test('can be insisted on, and is then not written down', async () => {
    const taken = server();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(listenOnKeptPort(server(), folder, port)).rejects.toMatchObject({ code: 'POSTERN_PROXY_PORT_TAKEN' });
    await end(taken);
    expect(await listenOnKeptPort(server(), folder, port)).toBe(port);
    await expect(readFile(join(folder, 'port'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test.each(['', 'eighty', '80', '70000', '-1'])('is chosen anew where the file says %j', async (text) => {
    await writeFile(join(folder, 'port'), text);
    expect(await listenOnKeptPort(server(), folder)).toBeGreaterThanOrEqual(20_000);
  });
});
