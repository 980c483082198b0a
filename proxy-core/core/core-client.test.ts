import { writeFile } from 'node:fs/promises';
import { createServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { expect, test } from 'vitest';
import { connectToCore } from './core-client.ts';
import { temporaryHome } from './testing-home.ts';

/** A state folder on which this very process is said to be the core, behind the given server. */
async function coreBehind(server: Server | HttpServer) {
  const home = await temporaryHome();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const file = { pid: process.pid, url: `http://127.0.0.1:${port}`, token: 'token' };
  await writeFile(home.folder.core, JSON.stringify(file));
  return {
    path: home.folder.core,
    async [Symbol.asyncDispose]() {
      server.close();
      await home[Symbol.asyncDispose]();
    },
  };
}

test('a core that is suspended or stuck is not taken for one that does not run', async () => {
  await using core = await coreBehind(createTcpServer((socket) => socket.once('error', () => undefined)));
  await expect(connectToCore(core.path, { answerWithinMs: 100 })).rejects.toMatchObject({
    code: 'POSTERN_CORE_RUNNING',
    message: `Postern runs (process ${process.pid}), but does not answer`,
    hint: expect.stringContaining('fg'),
  });
});

test('a core that has no room for another connection is not taken for one that does not run', async () => {
  const full = createServer().on('upgrade', (_request, socket) =>
    socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
  );
  await using core = await coreBehind(full);
  await expect(connectToCore(core.path)).rejects.toMatchObject({
    code: 'POSTERN_CORE_RUNNING',
    message: `Postern (process ${process.pid}) has too many connections open`,
  });
});

test('another program on the port of a core that was killed is none', async () => {
  await using core = await coreBehind(createServer((_request, response) => response.writeHead(404).end()));
  await expect(connectToCore(core.path)).rejects.toMatchObject({ code: 'POSTERN_CORE_NOT_RUNNING' });
});
