import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CertificateAuthority } from './certificates/authority.ts';
import { offeredProtocols, readClientHello } from './client-hello.ts';
import { systemClock } from './clock.ts';
import { TestOrganisation } from './fixtures/controller.ts';

/** The bytes with which Node's TLS client begins. */
async function helloOf(protocols: string[]): Promise<Buffer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const received = new Promise<Buffer>((resolve) =>
    server.once('connection', (socket) => socket.once('data', resolve)),
  );
  const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, ALPNProtocols: protocols });
  client.on('error', () => {});
  const bytes = await received;
  client.destroy();
  server.close();
  return bytes;
}

describe('the first bytes of a TLS client', () => {
  test('tell which protocols it offers', async () => {
    expect(readClientHello(await helloOf(['postern-tunnel/1', 'http/1.1']))).toEqual(['postern-tunnel/1', 'http/1.1']);
    expect(readClientHello(await helloOf([]))).toEqual([]);
  });

  test('are incomplete until they are not, byte by byte and over several records', async () => {
    const whole = await helloOf(['http/1.1']);
    for (let length = 0; length < whole.length; length += 1)
      expect(readClientHello(whole.subarray(0, length))).toBe('incomplete');
    const message = whole.subarray(5);
    const records = [message.subarray(0, 100), message.subarray(100)].map((part) => {
      const head = Buffer.from([22, 3, 1, 0, 0]);
      head.writeUInt16BE(part.length, 3);
      return Buffer.concat([head, part]);
    });
    expect(readClientHello(Buffer.concat(records))).toEqual(['http/1.1']);
  });

  test('that are no ClientHello offer nothing, and nothing falls over', async () => {
    expect(readClientHello(Buffer.from('GET / HTTP/1.1\r\n'))).toEqual([]);
    expect(readClientHello(Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0]))).toEqual([]);
    const whole = await helloOf(['http/1.1']);
    for (let at = 5; at < whole.length; at += 1) {
      const broken = Buffer.from(whole);
      broken[at] = broken[at]! ^ 0xff;
      expect(() => readClientHello(broken)).not.toThrow();
    }
  });

  test('are still there for whoever reads the socket next', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const received = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, ALPNProtocols: ['x'] });
    client.on('error', () => {});
    const socket = await received;
    expect(await offeredProtocols(socket, 1_000)).toEqual(['x']);
    expect((socket.read() as Buffer)[0]).toBe(22);
    client.destroy();
    socket.destroy();
    server.close();
  });
});

describe('a listener with a publicly trusted certificate', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-tls-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('shows it for HTTP, and the one of our own CA for tunnels', async () => {
    const publicAuthority = await CertificateAuthority.open(folder, 'a public authority', systemClock);
    const { certificate, key } = await publicAuthority.issueListener(['127.0.0.1']);
    const [certificateFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
    await writeFile(certificateFile, certificate);
    await writeFile(keyFile, key);
    await using acme = await TestOrganisation.start({ tls: { certificateFile, keyFile } });
    expect(acme.controller.url).not.toContain('#ca=');
    const [host, port] = acme.controller.address.split(':') as [string, string];
    const shown = (protocol: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(
          { host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: [protocol] },
          () => {
            resolve(new X509Certificate(socket.getPeerX509Certificate()!.raw).issuer);
            socket.destroy();
          },
        );
        socket.once('error', reject);
      });
    expect(await shown('http/1.1')).toBe('CN=Postern a public authority');
    expect(await shown('postern-tunnel/1')).toBe('CN=Postern acme');
    expect(await shown('postern-reversed-tunnel/1')).toBe('CN=Postern acme');
  });
});
