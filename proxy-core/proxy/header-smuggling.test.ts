import { describe, expect, test } from 'vitest';
import { guardedHeaders } from './request-guard.ts';
import { startTestProxy } from './testing-proxy.ts';

const names = (raw: readonly string[]) => raw.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());

describe('header smuggling', () => {
  test('nothing that speaks for somebody else passes, in any letter case', async () => {
    await using test = await startTestProxy();
    const answer = await test.exchange(
      test.head('/clusters/dev/api/v1/pods', [
        'POSTERN-Session: 01a20000-0000-7000-8000-000000000000',
        'postern-record: {}',
        'Postern-Anything: x',
        'X-Remote-User: admin',
        'x-REMOTE-group: system:masters',
        'X-Remote-Extra-Scopes: all',
        'X-Forwarded-For: 10.0.0.1',
        'Forwarded: for=10.0.0.1',
        'AUDIT-id: 00000000-0000-0000-0000-000000000000',
        'postern_session: x',
        'X_Remote_User: admin',
        'Proxy-Authorization: Bearer x',
        'Connection: close',
      ]),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    const [seen] = test.seen;
    const passed = names(seen?.rawHeaders ?? []);
    expect(passed.filter((name) => /postern|remote|forwarded|authorization/.test(name))).toEqual([]);
    expect(passed.filter((name) => name === 'audit-id')).toHaveLength(1);
    expect(seen?.headers['audit-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/);
    expect(seen?.headers.host).not.toContain(String(test.proxy.port));
  });

  test('impersonation passes to the gateway, which decides on it', async () => {
    await using test = await startTestProxy();
    await test.exchange(test.head('/clusters/dev/api', ['Impersonate-User: viewer', 'Connection: close']));
    expect(test.seen[0]?.headers['impersonate-user']).toBe('viewer');
  });

  test('a second Authorization header is refused, wherever the token stands', async () => {
    await using test = await startTestProxy();
    for (const extra of ['Authorization: Bearer other', 'AUTHORIZATION: Basic x']) {
      const answer = await test.exchange(test.head('/clusters/dev/api', [extra, 'Connection: close']));
      expect(answer).toMatch(/^HTTP\/1\.1 40[01] /);
    }
    expect(test.seen).toHaveLength(0);
  });

  test('a Connection header cannot name away what the proxy sets', async () => {
    await using test = await startTestProxy();
    for (const option of ['audit-id', 'Audit-ID, close', 'close, authorization', 'x-custom']) {
      const answer = await test.exchange(
        test.head('/clusters/dev/api', [`Connection: ${option}`, 'Connection: close']),
      );
      expect(answer, option).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(test.seen).toHaveLength(0);
  });

  test('a message with two readings of its length is refused', async () => {
    await using test = await startTestProxy();
    const smuggled = `GET /clusters/prod/api HTTP/1.1\r\nHost: 127.0.0.1:${test.proxy.port}\r\n\r\n`;
    for (const framing of [
      ['Content-Length: 4', 'Transfer-Encoding: chunked'],
      ['Transfer-Encoding: chunked', 'Content-Length: 4'],
      ['Content-Length: 4', 'Content-Length: 5'],
      ['Content-Length: 4, 5'],
      ['Content-Length: +4'],
      ['Transfer-Encoding: xchunked'],
      ['Transfer-Encoding: chunked, identity'],
      ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
      ['Transfer-Encoding : chunked'],
      ['Transfer-Encoding:\u000bchunked'],
      [' Transfer-Encoding: chunked'],
    ]) {
      const answer = await test.exchange(
        `${test.head('/clusters/dev/api', [...framing, 'Connection: close'], 'POST')}0\r\n\r\n${smuggled}`,
      );
      expect(answer, framing.join(' | ')).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer.match(/HTTP\/1\.1 \d/g), framing.join(' | ')).toHaveLength(1);
    }
    expect(test.seen).toHaveLength(0);
  });

  test('bare line feeds and line folding do not make a second header', async () => {
    await using test = await startTestProxy();
    for (const header of [
      'X-A: 1\nPostern-Session: x',
      'X-A: 1\r\n Postern-Session: x',
      'X-A: 1\rPostern-Session: x',
    ]) {
      await test.exchange(test.head('/clusters/dev/api', [header, 'Connection: close']));
    }
    for (const seen of test.seen) expect(names(seen.rawHeaders)).not.toContain('postern-session');
  });

  test('a bearer token among the WebSocket subprotocols is taken out, the rest stays', () => {
    const headers = guardedHeaders(
      ['Sec-WebSocket-Protocol', 'v5.channel.k8s.io, Base64url.bearer.authorization.k8s.io.QQ, v4.channel.k8s.io'],
      'id',
    );
    expect(headers).toEqual(['sec-websocket-protocol', 'v5.channel.k8s.io, v4.channel.k8s.io', 'audit-id', 'id']);
  });

  test('only the upgrades that Kubernetes uses are passed on', async () => {
    await using test = await startTestProxy();
    for (const upgrade of ['h2c', 'TLS/1.0', 'websocket, h2c']) {
      const answer = await test.exchange(
        test.head('/clusters/dev/api', ['Connection: Upgrade', `Upgrade: ${upgrade}`]),
      );
      expect(answer, upgrade).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(test.seen).toHaveLength(0);
  });

  test('what the other side says to Postern does not reach the tool', async () => {
    await using test = await startTestProxy({
      gateway: (_request, response) => {
        response.writeHead(200, { 'Postern-Record': '{}', 'POSTERN-timing': 'gateway;dur=1', 'X-Kept': 'yes' });
        response.end('{}');
      },
    });
    const answer = await test.exchange(test.head('/clusters/dev/api', ['Connection: close']));
    expect(answer).toContain('x-kept: yes');
    expect(answer.toLowerCase()).not.toContain('postern-');
  });
});
