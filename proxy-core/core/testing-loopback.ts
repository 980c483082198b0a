import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { implement } from '@orpc/server';
import { appContract } from '../contract/app.ts';
import { LoopbackAccess } from './loopback-access.ts';
import { serveInterface } from './serve-interface.ts';
import { serveWebSocket } from './serve-websocket.ts';
import { silent } from './testing-home.ts';

export const coreToken = 'the-token-of-core-json';

/** The core's loopback server with nothing behind it but one procedure, for attacks with raw bytes. */
export interface TestLoopback extends AsyncDisposable {
  access: LoopbackAccess;
  host: string;
  port: number;
  /** Beside it lies `secret.txt`, and in it `link.txt` leads there. */
  folder: string;
  /** Sends the text as it is. @returns all that came until the end of the connection */
  exchange(text: string): Promise<string>;
  /** A whole request that asks for the connection's end. */
  get(target: string, headers?: Record<string, string>): Promise<{ status: number; headers: string; body: string }>;
  upgrade(headers: Record<string, string>, target?: string): Promise<{ status: number }>;
  /** Goes through a launch code. @returns the cookie */
  launch(): Promise<string>;
}

export async function startTestLoopback(clock: { now(): number } = Date): Promise<TestLoopback> {
  const parent = await mkdtemp(join(tmpdir(), 'postern-interface-'));
  const folder = join(parent, 'renderer');
  await mkdir(join(folder, 'assets'), { recursive: true });
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Postern</title>');
  await writeFile(join(folder, 'assets', 'index-abc.js'), 'export {};');
  await writeFile(join(parent, 'secret.txt'), 'secret');
  const access = new LoopbackAccess(coreToken, clock);
  const server = createServer(serveInterface({ folder, access }));
  const contract = implement(appContract);
  const stop = contract.host.stop.handler(() => ({}));
  const end = serveWebSocket(server, { access, router: Promise.resolve({ host: { stop } }), logger: silent });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  access.port = port;
  const host = `127.0.0.1:${port}`;

  function exchange(text: string, enough: (received: string) => boolean = () => false): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      let received = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        received += chunk;
        if (enough(received)) socket.destroy();
      });
      socket.on('error', reject).on('close', () => resolve(received));
    });
  }
  const head = (target: string, headers: Record<string, string>): string =>
    `GET ${target} HTTP/1.1\r\n${Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`;
  const get: TestLoopback['get'] = async (target, headers = {}) => {
    const text = await exchange(head(target, { Host: host, Connection: 'close', ...headers }));
    const [top = '', body = ''] = text.split('\r\n\r\n', 2);
    return { status: statusOf(text), headers: top, body };
  };

  return {
    access,
    host,
    port,
    folder,
    exchange: (text) => exchange(text),
    get,
    async upgrade(headers, target = '/rpc') {
      const text = await exchange(
        head(target, {
          Host: host,
          Connection: 'Upgrade',
          Upgrade: 'websocket',
          'Sec-WebSocket-Version': '13',
          'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
          ...headers,
        }),
        (received) => received.includes('\r\n\r\n'),
      );
      return { status: statusOf(text) };
    },
    async launch() {
      const { headers } = await get(`/launch/${access.newLaunchCode()}`);
      return /^set-cookie: ([^;]+)/im.exec(headers)?.[1] ?? '';
    },
    async [Symbol.asyncDispose]() {
      end();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await rm(parent, { recursive: true, force: true });
    },
  };
}

function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
}
