import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as http from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { Cut } from './cut.ts';
import type { ForwardOptions } from './forward-options.ts';
import { endToEndHeaders, headerValue } from './header-list.ts';
import { startTestHop, type TestHop } from './testing-hop.ts';
import { UpstreamPool } from './upstream-pool.ts';

let hop: TestHop | undefined;
afterEach(async () => {
  await hop?.[Symbol.asyncDispose]();
  hop = undefined;
});

async function start(onRequest: http.RequestListener, options: Partial<ForwardOptions> = {}): Promise<TestHop> {
  hop = await startTestHop(onRequest, options);
  return hop;
}

async function request(
  options: http.RequestOptions,
  body?: string | Buffer,
): Promise<{ response: http.IncomingMessage; body: Buffer }> {
  const outgoing = http.request({ host: '127.0.0.1', port: hop?.port, agent: false, ...options });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { response, body: Buffer.concat(chunks) };
}

test('method, target, headers and body go on unchanged, and the answer comes back so', async () => {
  let seen: http.IncomingMessage | undefined;
  const { outcomes } = await start(async (incoming, response) => {
    seen = incoming;
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    response.writeHead(409, 'Conflict Indeed', ['X-Twice', '1', 'x-twice', '2', 'Warning', '299 - "é"']);
    response.end(Buffer.concat(chunks));
  });
  const body = randomBytes(100_000);
  const path = '/api/v1/namespaces/a%2Fb//pods?watch=1&labelSelector=a%3Db';
  const answer = await request(
    { method: 'PATCH', path, headers: { 'Content-Type': 'application/json-patch+json', 'X-Some': 'Thing' } },
    body,
  );
  expect(seen?.method).toBe('PATCH');
  expect(seen?.url).toBe(path);
  expect(seen?.rawHeaders).toEqual(expect.arrayContaining(['x-some', 'Thing']));
  expect(answer.response.statusCode).toBe(409);
  expect(answer.response.statusMessage).toBe('Conflict Indeed');
  expect(answer.response.rawHeaders.slice(0, 4)).toEqual(['x-twice', '1', 'x-twice', '2']);
  expect(answer.body.equals(body)).toBe(true);
  expect(await outcomes[0]).toMatchObject({
    kind: 'completed',
    status: 409,
    bytesIn: body.length,
    bytesOut: body.length,
    error: null,
  });
});

test('hop-by-hop headers and those that Connection names stay behind, in both directions', async () => {
  let seen: string[] = [];
  const { raw } = await start((incoming, response) => {
    seen = incoming.rawHeaders.map((text) => text.toLowerCase());
    response.writeHead(200, [
      'Connection',
      'close, X-Ours',
      'X-Ours',
      'no',
      'Proxy-Authenticate',
      'Basic',
      'X-Kept',
      'yes',
    ]);
    response.end('done');
  });
  const answer = await raw(
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Mine\r\nX-Mine: no\r\nKeep-Alive: timeout=1\r\nTE: trailers\r\n' +
      'Proxy-Authorization: Basic x\r\nProxy-Connection: close\r\nX-Kept: yes\r\n\r\n',
  );
  expect(seen).toContain('x-kept');
  for (const name of ['x-mine', 'te', 'proxy-authorization', 'proxy-connection']) expect(seen).not.toContain(name);
  expect(answer).toMatch(/x-kept: yes/i);
  expect(answer).not.toMatch(/x-ours|proxy-authenticate/i);
});

test('a Connection header cannot name away what a hop adds', () => {
  const received = ['host', 'a', 'connection', 'Postern-Session, Host, Content-Length', 'content-length', '5'];
  const headers = [...endToEndHeaders(received), 'postern-session', 'x'];
  expect(headers).toEqual(['host', 'a', 'content-length', '5', 'postern-session', 'x']);
});

test('the head of a quiet watch arrives before its first event', async () => {
  await start((_incoming, response) => response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders());
  const outgoing = http.get({ host: '127.0.0.1', port: hop?.port, path: '/watch', agent: false });
  const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
  expect(response.headers['content-type']).toBe('application/json');
  outgoing.destroy();
});

test('trailers pass in both directions', async () => {
  await start((incoming, response) => {
    incoming.resume().on('end', () => {
      response.writeHead(200, { Trailer: 'X-Sum' });
      response.write('body');
      response.addTrailers({ 'X-Sum': `was ${incoming.trailers['x-check']}` });
      response.end();
    });
  });
  const outgoing = http.request({ host: '127.0.0.1', port: hop?.port, method: 'POST', agent: false });
  outgoing.write('body');
  outgoing.addTrailers({ 'X-Check': '42' });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
  await response.resume();
  await once(response, 'end');
  expect(response.trailers).toEqual({ 'x-sum': 'was 42' });
});

test('a client that goes away aborts the upstream at once', async () => {
  const aborted = Promise.withResolvers<void>();
  const { outcomes } = await start((_incoming, response) => {
    response.write('first');
    response.on('close', aborted.resolve);
  });
  const outgoing = http.get({ host: '127.0.0.1', port: hop?.port, agent: false });
  const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
  await once(response, 'data');
  response.on('error', () => {});
  outgoing.destroy();
  await aborted.promise;
  expect(await outcomes[0]).toMatchObject({ kind: 'client-gone', status: 200, bytesOut: 5 });
});

test('an upstream that breaks off in the middle breaks the client off too', async () => {
  const { outcomes } = await start((incoming, response) => {
    response.write('first');
    setImmediate(() => incoming.socket.destroy());
  });
  await expect(request({ path: '/' })).rejects.toThrow(/aborted|hang up|reset/i);
  expect(await outcomes[0]).toMatchObject({ kind: 'failed', status: 200 });
});

test('a broken watch may end with its terminator instead, so that the client lists again', async () => {
  await start(
    (incoming, response) => {
      response.write('{"type":"ADDED"}\n');
      setImmediate(() => incoming.socket.destroy());
    },
    { whenBroken: 'terminate' },
  );
  const { response, body } = await request({ path: '/?watch=1' });
  expect(response.complete).toBe(true);
  expect(body.toString()).toBe('{"type":"ADDED"}\n');
});

test('a body that cannot be read ends the connection, also where the answer ended with its terminator', async () => {
  const { outcomes, exchanges } = await start(
    (incoming, response) => {
      incoming.on('error', () => {}).resume();
      response.write('event');
    },
    { whenBroken: 'terminate' },
  );
  const client = await (hop as TestHop).connect();
  client.write('POST /?watch=1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
  await once(client, 'data');
  client.write('zz');
  expect((await outcomes[0])?.kind).toBe('failed');
  client.write('0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(client.resume(), 'end');
  expect(exchanges).toHaveLength(1);
});

test('what fails before the answer is for the hop to tell', async () => {
  const { outcomes } = await start((incoming) => incoming.socket.destroy());
  const { response, body } = await request({ method: 'POST' }, 'x');
  expect(response.statusCode).toBe(502);
  expect(body.toString()).toMatch(/^hop: /);
  expect(await outcomes[0]).toMatchObject({ kind: 'failed', status: null });
});

test('a keep-alive connection that the upstream closed meanwhile costs a GET nothing', async () => {
  let count = 0;
  const { upstream } = await start((incoming, response) => {
    count += 1;
    if (count === 2) {
      incoming.socket.destroy();
      return;
    }
    response.end(`answer ${count}`);
  });
  expect((await request({ path: '/' })).body.toString()).toBe('answer 1');
  expect((await request({ path: '/' })).body.toString()).toBe('answer 3');
  expect(upstream.listening).toBe(true);
});

test('a cut ends both sides at once', async () => {
  const cut = new Cut();
  const aborted = Promise.withResolvers<void>();
  const { outcomes } = await start(
    (_incoming, response) => {
      response.write('first');
      response.on('close', aborted.resolve);
      cut.fall(new Error('revoked'));
    },
    { cut },
  );
  await expect(request({ path: '/' }).then(({ body }) => body.toString())).resolves.toBe('hop: revoked');
  await aborted.promise;
  expect(await outcomes[0]).toMatchObject({ kind: 'cut', error: new Error('revoked') });
});

test('a client that leaves calls off the connection that is being opened for it', async () => {
  const calledOff = Promise.withResolvers<void>();
  const pool = new UpstreamPool({
    open: (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          calledOff.resolve();
          reject(signal.reason);
        });
        client.destroy();
      }),
  });
  const { outcomes, connect } = await start(() => {}, { pool });
  const client = await connect();
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await calledOff.promise;
  expect((await outcomes[0])?.kind).toBe('client-gone');
});

describe('a stream of lines that is cut', () => {
  const cutAfter = async (text: string): Promise<{ response: http.IncomingMessage; body: () => string }> => {
    const cut = new Cut();
    await start((_incoming, response) => response.write(text), {
      cut,
      lastLine: (reason) => `{"why":"${reason.message}"}\n`,
    });
    const outgoing = http.get({ host: '127.0.0.1', port: hop?.port, agent: false });
    const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
    let body = '';
    response.on('error', () => {});
    await new Promise<void>((resolve) => {
      response.on('data', (chunk) => {
        body += chunk;
        if (body === text) cut.fall(new Error('revoked'));
      });
      response.once('close', () => resolve());
    });
    return { response, body: () => body };
  };

  test('is told why at its end', async () => {
    const { response, body } = await cutAfter('{"type":"ADDED"}\n');
    expect(response.complete).toBe(true);
    expect(body()).toBe('{"type":"ADDED"}\n{"why":"revoked"}\n');
  });

  test('breaks off in the middle of a line', async () => {
    const { response, body } = await cutAfter('{"type":"ADD');
    expect(response.complete).toBe(false);
    expect(body()).toBe('{"type":"ADD');
  });
});

test('an ordered stop ends a running watch with its terminator', async () => {
  const finish = new AbortController();
  const { outcomes } = await start((_incoming, response) => response.write('event\n'), {
    finish: finish.signal,
    whenBroken: 'terminate',
  });
  const outgoing = http.get({ host: '127.0.0.1', port: hop?.port, agent: false });
  const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
  let text = '';
  response.on('data', (chunk) => {
    text += chunk;
    finish.abort();
  });
  await once(response, 'end');
  expect(response.complete).toBe(true);
  expect(text).toBe('event\n');
  expect((await outcomes[0])?.kind).toBe('finished');
});

test('a watch that begins during an ordered stop ends at once', async () => {
  const { outcomes } = await start((_incoming, response) => response.flushHeaders(), {
    finish: AbortSignal.abort(),
    whenBroken: 'terminate',
  });
  const { response } = await request({ path: '/' });
  expect(response.complete).toBe(true);
  expect((await outcomes[0])?.kind).toBe('finished');
});

test('a download of known length finishes in an ordered stop', async () => {
  const finish = new AbortController();
  const block = randomBytes(100_000);
  await start(
    (_incoming, response) => {
      response.writeHead(200, { 'content-length': block.length });
      response.write(block.subarray(0, 50_000));
      finish.signal.addEventListener('abort', () => response.end(block.subarray(50_000)));
    },
    { finish: finish.signal, onResponse: () => setImmediate(() => finish.abort()) },
  );
  const { body } = await request({ path: '/' });
  expect(body.equals(block)).toBe(true);
});

test('a chunked list runs on in an ordered stop: cut short it would look whole', async () => {
  const finish = new AbortController();
  await start(
    (_incoming, response) => {
      response.write('{"items":[');
      finish.signal.addEventListener('abort', () => response.end(']}'));
    },
    { finish: finish.signal, onResponse: () => setImmediate(() => finish.abort()) },
  );
  expect((await request({ path: '/' })).body.toString()).toBe('{"items":[]}');
});

test('an intercepted response never reaches the client, who can be answered anew', async () => {
  const { outcomes } = await start(
    (_incoming, response) => response.writeHead(409, { 'x-code': 'unknown' }).end('not for the client'),
    { intercept: ({ headers }) => headerValue(headers, 'x-code') === 'unknown' },
  );
  const outgoing = http.get({ host: '127.0.0.1', port: hop?.port, agent: false });
  outgoing.on('error', () => {});
  while (outcomes.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(await outcomes[0]).toMatchObject({ kind: 'intercepted', status: null, bytesOut: 0 });
  hop?.exchanges[0]?.answer({ status: 200, headers: [], body: 'for the client' });
  const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const chunk of response) text += chunk;
  expect(text).toBe('for the client');
});

test('a head changed by the hop is what the client sees', async () => {
  await start((_incoming, response) => response.writeHead(200, { 'postern-record': 'x' }).end('body'), {
    onResponse: (head) => {
      head.headers = head.headers.filter(
        (_text, index, all) => all[index - (index % 2)]?.toLowerCase() !== 'postern-record',
      );
      head.headers.push('audit-id', '7');
    },
  });
  const { response } = await request({ path: '/' });
  expect(response.headers).not.toHaveProperty('postern-record');
  expect(response.headers['audit-id']).toBe('7');
});

test('HEAD, 204 and 304 have no body and keep their headers', async () => {
  await start((incoming, response) => {
    if (incoming.method === 'HEAD') response.writeHead(200, { 'content-length': 1234 }).end();
    else response.writeHead(Number(incoming.url?.slice(1))).end();
  });
  expect((await request({ method: 'HEAD' })).response.headers['content-length']).toBe('1234');
  expect((await request({ path: '/204' })).response.statusCode).toBe(204);
  expect((await request({ path: '/304' })).response.statusCode).toBe(304);
});

test('an answer before the body is read reaches the client, and the rest of the body is not kept', async () => {
  const { outcomes } = await start((_incoming, response) => response.writeHead(413).end('too large'));
  const outgoing = http.request({ host: '127.0.0.1', port: hop?.port, method: 'POST', agent: false });
  outgoing.on('error', () => {});
  outgoing.write(Buffer.alloc(10_000));
  const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
  expect(response.statusCode).toBe(413);
  expect((await outcomes[0])?.kind).toBe('completed');
  outgoing.destroy();
});

test('a 32 MB body passes through with back-pressure and an equal checksum', async () => {
  const block = randomBytes(1024 * 1024);
  await start(async (_incoming, response) => {
    for (let count = 0; count < 32; count += 1) {
      if (!response.write(block)) await once(response, 'drain');
    }
    response.end();
  });
  const expected = createHash('sha256');
  for (let count = 0; count < 32; count += 1) expected.update(block);
  const { body } = await request({ path: '/' });
  expect(createHash('sha256').update(body).digest('hex')).toBe(expected.digest('hex'));
});
