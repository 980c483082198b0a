import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { listen } from '../../proxy-core/tunnel/testing-listener.ts';
import { KubernetesApi } from './kubernetes-api.ts';

test('an API server that takes connections and never speaks fails the request, and its connection goes', async () => {
  const server = createServer();
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const port = await listen(server);
  const api = new KubernetesApi(
    {
      server: new URL(`https://127.0.0.1:${port}`),
      trust: {},
      clientCertificate: {},
      authorization: async () => undefined,
      insecureSkipTlsVerify: false,
      podNamespace: undefined,
    },
    { connectTimeoutMs: 50 },
  );
  await expect(api.users.connect(new AbortController().signal)).rejects.toThrow('no TLS handshake within 50 ms');
  const [socket] = await accepted;
  if (!socket.closed) await once(socket.resume(), 'close');
  api.close();
  server.close();
});
