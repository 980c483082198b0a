import type { AddressInfo, Server, Socket } from 'node:net';
import * as tls from 'node:tls';
import { createTestAuthority, type TestAuthority } from './testing-certificates.ts';
import { reversedTunnelProtocol, type TunnelCredentials, tunnelProtocol } from './types.ts';

/** A TLS listener of the controller's shape, on a free port of loopback, for tests. */
export interface TestListener {
  authority: TestAuthority;
  /** `127.0.0.1:port`. */
  address: string;
  port: number;
  /** Credentials of a client that the authority knows. */
  credentials(commonName?: string): Promise<TunnelCredentials>;
  /** Breaks every connection without a word. */
  cutAll(): void;
  close(): Promise<void>;
}

export async function startTestListener(
  onSocket: (socket: tls.TLSSocket) => void,
  options: { authority?: TestAuthority; port?: number; alpn?: string[]; rejectUnauthorized?: boolean } = {},
): Promise<TestListener> {
  const authority = options.authority ?? (await createTestAuthority());
  const own = await authority.serverCertificate();
  const server = tls.createServer({
    key: own.key,
    cert: own.certificate,
    ca: authority.ca,
    requestCert: true,
    rejectUnauthorized: options.rejectUnauthorized ?? true,
    minVersion: 'TLSv1.3',
    ALPNProtocols: options.alpn ?? [tunnelProtocol, reversedTunnelProtocol, 'http/1.1'],
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  });
  const port = await listen(server, options.port ?? 0);
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    authority,
    address: `127.0.0.1:${port}`,
    port,
    credentials: async (commonName = 'alice@acme.example') => ({
      ...(await authority.clientCertificate(commonName)),
      ca: authority.ca,
    }),
    cutAll,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cutAll();
      }),
  };
}

/** Listens on loopback; 0 takes a free port. */
export function listen(server: Server, port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
