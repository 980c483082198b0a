import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { startLocalProxy } from './server.ts';
import { startTestProxy, type TestProxy, until } from './testing-proxy.ts';

function send(test: TestProxy, path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  return httpsRequest({
    host: '127.0.0.1',
    port: test.proxy.port,
    ca: test.proxy.caPem,
    path,
    method: options.method ?? 'GET',
    headers: { Authorization: `Bearer ${test.token}`, ...options.headers },
  });
}

async function bodyOf(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('the local proxy', () => {
  test('forwards a request with its body and the answer with its own, byte for byte', async () => {
    const digest = (data: Buffer) => createHash('sha256').update(data).digest('hex');
    const upload = randomBytes(3_000_000);
    const download = randomBytes(5_000_000);
    await using test = await startTestProxy({
      gateway: (request, response) => {
        void bodyOf(request).then((body) => {
          response.writeHead(201, { 'X-Digest': digest(body) });
          response.end(download);
        });
      },
    });
    const request = send(test, '/clusters/dev/api/v1/pods?dryRun=All', { method: 'POST' });
    request.end(upload);
    const [response] = await once(request, 'response');
    expect(response.statusCode).toBe(201);
    expect(response.headers['x-digest']).toBe(digest(upload));
    expect(digest(await bodyOf(response))).toBe(digest(download));
    expect(test.seen[0]).toMatchObject({ method: 'POST', url: '/clusters/dev/roles/viewer/api/v1/pods?dryRun=All' });
    await until(() => test.log.completed.length === 1);
    expect(test.log.completed[0]).toMatchObject({ status: 201, bytesIn: upload.length, bytesOut: download.length });
  });

  test('speaks HTTP/1.1 only, on 127.0.0.1 only', async () => {
    await using test = await startTestProxy();
    const socket = connect({
      host: '127.0.0.1',
      port: test.proxy.port,
      ca: test.proxy.caPem,
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    await once(socket, 'secureConnect');
    expect(socket.alpnProtocol).toBe('http/1.1');
    socket.destroy();
  });

  test('a quiet watch begins at once, and its events come as they happen', async () => {
    const open: ServerResponse[] = [];
    await using test = await startTestProxy({
      gateway: (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.flushHeaders();
        open.push(response);
      },
    });
    const request = send(test, '/clusters/dev/api/v1/pods?watch=true');
    request.end();
    const [response] = await once(request, 'response');
    open[0]?.write('{"type":"ADDED"}\n');
    const [first] = await once(response, 'data');
    expect(String(first)).toBe('{"type":"ADDED"}\n');
    expect(test.log.started).toHaveLength(1);
    expect(test.log.completed).toHaveLength(0);
    request.destroy();
  });

  test('a tool that goes away aborts the upstream at once', async () => {
    let closed = false;
    await using test = await startTestProxy({
      gateway: (_request, response) => {
        response.on('close', () => {
          closed = true;
        });
        response.writeHead(200);
        response.flushHeaders();
      },
    });
    const request = send(test, '/clusters/dev/api/v1/pods?watch=1');
    request.on('error', () => undefined);
    request.end();
    await once(request, 'response');
    request.destroy();
    await until(() => closed && test.log.completed.length === 1);
  });

  test.each(['GET', 'POST'])('an upgrade by %s is spliced both ways and counted', async (method) => {
    await using test = await startTestProxy({
      onUpgrade: (_request, socket: Duplex, head) => {
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nPostern-Timing: agent;dur=2\r\n\r\n',
        );
        if (head.length > 0) socket.write(head);
        socket.pipe(socket);
      },
    });
    const request = send(test, '/clusters/dev/api/v1/namespaces/default/pods/web/exec?command=sh', {
      method,
      headers: { Connection: 'Upgrade', Upgrade: 'SPDY/3.1' },
    });
    request.end();
    const [response, socket] = await once(request, 'upgrade');
    expect(response.headers['postern-timing']).toBeUndefined();
    expect(test.log.started[0]?.event).toMatchObject({ method, status: null });
    const data = randomBytes(200_000);
    const echoed: Buffer[] = [];
    let size = 0;
    socket.on('data', (chunk: Buffer) => {
      echoed.push(chunk);
      size += chunk.length;
    });
    socket.write(data);
    await until(() => size === data.length);
    expect(Buffer.concat(echoed).equals(data)).toBe(true);
    socket.end();
    await until(() => test.log.completed.length === 1);
    expect(test.log.completed[0]).toMatchObject({ status: 101, bytesIn: data.length, bytesOut: data.length });
  });

  test('the gateway’s record and the hops’ times go to the log under the request’s Audit-ID', async () => {
    const sessionId = '01a20000-0000-7000-8000-000000000001';
    await using test = await startTestProxy({
      gateway: (_request, response) => {
        response.writeHead(403, {
          'Postern-Timing': 'agent;dur=0.0001, gateway;dur=0.25',
          'Postern-Record': JSON.stringify({
            sessionId,
            cluster: 'dev',
            role: 'viewer',
            grant: 'developers',
            rule: null,
            decision: 'denied',
            reason: 'no grant allows it',
            verb: 'delete',
            apiGroup: '',
            apiVersion: 'v1',
            resource: 'pods',
            subresource: '',
            namespace: 'default',
            name: 'web',
            path: '',
          }),
        });
        response.end('{}');
      },
    });
    const answer = await test.exchange(
      test.head(
        '/clusters/dev/api/v1/namespaces/default/pods/web?gracePeriodSeconds=0',
        ['User-Agent: kubectl/v1.33.0', 'Kubectl-Command: kubectl delete', 'Kubectl-Session: s-1', 'Connection: close'],
        'DELETE',
      ),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    const { event, origin } = test.log.started[0] ?? {};
    expect(event).toMatchObject({
      auditId: test.seen[0]?.headers['audit-id'],
      sessionId,
      user: 'alice@acme.example',
      decision: 'denied',
      verb: 'delete',
      resource: 'pods',
      method: 'DELETE',
      query: 'gracePeriodSeconds=0',
      userAgent: 'kubectl/v1.33.0',
      kubectlCommand: 'kubectl delete',
      kubectlSession: 's-1',
      sourceAddress: '127.0.0.1',
    });
    expect(origin).toEqual({ terminalId: null });
    expect(test.log.completed[0]?.hopsMs).toMatchObject({ agent: 0.0001, gateway: 0.25, proxy: expect.any(Number) });
  });

  test('a record that is not one is left out, and the request is logged all the same', async () => {
    await using test = await startTestProxy({
      gateway: (_request, response) => {
        response.writeHead(200, { 'Postern-Record': '{"sessionId":7' });
        response.end('{}');
      },
    });
    await test.exchange(test.head('/clusters/dev/version', ['Connection: close']));
    expect(test.log.started[0]?.event).toMatchObject({ sessionId: null, path: '/version', decision: 'allowed' });
  });

  test('a terminal’s token names the terminal', async () => {
    await using test = await startTestProxy();
    const token = test.tokens.issue({ kind: 'terminal', id: 't7' });
    await test.exchange(test.head('/clusters/dev/api', ['Connection: close']).replace(test.token, token));
    expect(test.log.started[0]?.origin).toEqual({ terminalId: 't7' });
  });

  test('signing out cuts what runs', async () => {
    await using test = await startTestProxy({
      gateway: (_request, response) => {
        response.writeHead(200);
        response.flushHeaders();
      },
    });
    const request = send(test, '/clusters/dev/api/v1/pods?watch=1');
    request.end();
    const [response] = await once(request, 'response');
    const ended = bodyOf(response).then(
      () => 'ended',
      () => 'broken',
    );
    test.setState({ kind: 'signed-out' });
    expect(await ended).toBe('broken');
    await until(() => test.log.completed.length === 1);
    expect(await test.exchange(test.head('/clusters/dev/api', ['Connection: close']))).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('signing out tells a watch of JSON why it ends', async () => {
    await using test = await startTestProxy({
      gateway: (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.write('{"type":"ADDED","object":{}}\n');
      },
    });
    const request = send(test, '/clusters/dev/api/v1/pods?watch=1');
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const lines: string[] = [];
    for await (const line of createInterface(response)) {
      lines.push(line);
      if (lines.length === 1) test.setState({ kind: 'signed-out' });
    }
    expect(response.complete).toBe(true);
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', code: 401, message: expect.stringContaining('nobody is signed in') },
    });
  });

  test('signing out cuts what a program behind a service calls a watch: nobody speaks in its place', async () => {
    await using test = await startTestProxy({
      gateway: (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.write('{"line":1}\n');
      },
    });
    const request = send(test, '/clusters/dev/api/v1/namespaces/default/services/web/proxy/events?watch=1');
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let body = '';
    response
      .on('error', () => {})
      .on('data', (chunk) => {
        body += chunk;
        test.setState({ kind: 'signed-out' });
      });
    await new Promise((resolve) => response.on('close', resolve));
    expect(body).toBe('{"line":1}\n');
    expect(response.complete).toBe(false);
  });

  test('closing ends a watch with its proper terminator, and comes up again on the same port', async () => {
    const test = await startTestProxy({
      gateway: (_request, response) => {
        response.writeHead(200);
        response.write('{"type":"ADDED"}\n');
      },
    });
    const request = send(test, '/clusters/dev/api/v1/pods?watch=1');
    request.end();
    const [response] = await once(request, 'response');
    const body = bodyOf(response);
    await Promise.all([test.proxy.close({ graceMs: 50 }), test.proxy.close()]);
    expect(String(await body)).toBe('{"type":"ADDED"}\n');
    const again = await startLocalProxy({
      folder: test.folder,
      tokens: test.tokens,
      upstream: {
        pool: undefined as never,
        state: () => ({ kind: 'signed-out' }),
        onState: () => () => undefined,
        resolveRole: () => ({ kind: 'cluster-unknown' }),
        owner: () => undefined,
      },
      log: { started: () => undefined, completed: () => undefined },
      logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    expect(again.port).toBe(test.proxy.port);
    expect(again.caPem).toBe(test.proxy.caPem);
    await again.close();
    await test[Symbol.asyncDispose]();
  });

  test('closing does not wait for a visitor that never says a word', async () => {
    await using test = await startTestProxy();
    const silent = connectTcp({ host: '127.0.0.1', port: test.proxy.port }).on('error', () => {});
    await once(silent, 'connect');
    // Its connection has been accepted once a later one is served.
    (await test.dial()).destroy();
    const closed = test.proxy.close({ graceMs: 0 }).then(() => 'closed');
    expect(await Promise.race([closed, sleep(2000, 'open', { ref: false })])).toBe('closed');
    silent.destroy();
  });

  test('presents a renewed certificate without a restart, and running connections go on', async () => {
    let now = new Date('2026-03-01T00:00:00Z');
    const timers: { callback: () => void; ms: number }[] = [];
    const clock = {
      now: () => now,
      setTimeout: (callback: () => void, ms: number) => {
        timers.push({ callback, ms });
        return setTimeout(() => undefined, 0);
      },
      clearTimeout,
    };
    const connectAnyway = async (test: TestProxy) => {
      // The test's clock is not that of OpenSSL, which would find the certificate expired or not valid yet.
      const socket = connect({ host: '127.0.0.1', port: test.proxy.port, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { fingerprint256 } = socket.getPeerCertificate();
      return { socket, fingerprint256 };
    };
    const test = await startTestProxy({ clock });
    try {
      const before = await connectAnyway(test);
      now = new Date('2027-03-15T00:00:00Z');
      timers.find(({ ms }) => ms === 12 * 60 * 60_000)?.callback();
      let after = await connectAnyway(test);
      while (after.fingerprint256 === before.fingerprint256) {
        after.socket.destroy();
        after = await connectAnyway(test);
      }
      before.socket.write(test.head('/clusters/dev/api', ['Connection: close']));
      expect(String((await once(before.socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
      after.socket.destroy();
    } finally {
      // The test's clock does not move by itself, so there is nothing to wait for.
      await test.proxy.close({ graceMs: 0 });
      await test[Symbol.asyncDispose]();
    }
  });

  test('many quiet watches at once are carried', async () => {
    const open: ServerResponse[] = [];
    await using test = await startTestProxy({
      gateway: (_request, response) => {
        response.writeHead(200);
        response.flushHeaders();
        open.push(response);
      },
    });
    const requests = Array.from({ length: 200 }, () => send(test, '/clusters/dev/api/v1/pods?watch=1'));
    const responses = await Promise.all(
      requests.map((request) => {
        request.end();
        return once(request, 'response');
      }),
    );
    expect(responses).toHaveLength(200);
    for (const response of open) response.end('{}');
    const bodies = await Promise.all(responses.map(([response]) => bodyOf(response)));
    expect(bodies.every((body) => String(body) === '{}')).toBe(true);
  });
});
