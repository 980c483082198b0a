import { describe, expect, test } from 'vitest';
import { checkHost } from './host-check.ts';
import { startTestProxy } from './testing-proxy.ts';

describe('DNS rebinding', () => {
  test('a page whose own name means 127.0.0.1 is refused even with a stolen token', async () => {
    await using test = await startTestProxy();
    const { port } = test.proxy;
    for (const host of [
      `evil.example:${port}`,
      'evil.example',
      `127.0.0.1.evil.example:${port}`,
      `localhost.evil.example:${port}`,
      `evil.example#127.0.0.1:${port}`,
      `127.0.0.1:${port}@evil.example`,
      '127.0.0.1',
      `127.0.0.1:${port + 1}`,
      `0.0.0.0:${port}`,
      `[::1]:${port}`,
      '',
    ]) {
      const answer = await test.exchange(
        `GET /clusters/dev/api HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${test.token}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer, host).toMatch(/^HTTP\/1\.1 403 /);
      expect(answer).toContain('POSTERN_PROXY_HOST_REFUSED');
    }
    expect(test.seen).toHaveLength(0);
  });

  test('two Host headers, or none, are refused', async () => {
    await using test = await startTestProxy();
    const right = `Host: 127.0.0.1:${test.proxy.port}\r\n`;
    for (const hosts of [`${right}Host: evil.example\r\n`, `Host: evil.example\r\n${right}`, '']) {
      const answer = await test.exchange(
        `GET /clusters/dev/api HTTP/1.1\r\n${hosts}Authorization: Bearer ${test.token}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 40[03] /);
    }
    expect(test.seen).toHaveLength(0);
  });

  test('a web page is refused by its Origin, also for an upgrade', async () => {
    await using test = await startTestProxy();
    for (const origin of [
      'https://evil.example',
      'null',
      'https://localhost.evil.example',
      'https://evil.example:443#localhost',
      'https://evilrenderer.freelens.app',
      'https://x.renderer.freelens.app.evil.example',
      'file://',
    ]) {
      const plain = await test.exchange(test.head('/clusters/dev/api', [`Origin: ${origin}`, 'Connection: close']));
      expect(plain, origin).toMatch(/^HTTP\/1\.1 403 /);
      const upgrade = await test.exchange(
        test.head('/clusters/dev/api', [`Origin: ${origin}`, 'Connection: Upgrade', 'Upgrade: websocket']),
      );
      expect(upgrade, origin).toMatch(/^HTTP\/1\.1 403 /);
    }
    expect(test.seen).toHaveLength(0);
  });

  test('nothing is offered to a page: no CORS header, and its preflight gets nowhere', async () => {
    await using test = await startTestProxy();
    const answer = await test.exchange(
      `OPTIONS /clusters/dev/api HTTP/1.1\r\nHost: 127.0.0.1:${test.proxy.port}\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Headers: authorization\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer.toLowerCase()).not.toContain('access-control-allow');
  });

  test('desktop tools that serve their windows from loopback names are let through', () => {
    const port = 24_000;
    for (const origin of [
      'https://3f2a.renderer.freelens.app:50123',
      'https://3f2a.renderer.lens.app:50123',
      'http://localhost:4466',
      `https://127.0.0.1:${port}`,
    ]) {
      expect(() => checkHost(['Host', `127.0.0.1:${port}`, 'Origin', origin], port)).not.toThrow();
    }
    expect(() => checkHost(['HOST', `LocalHost:${port}`], port)).not.toThrow();
  });
});
