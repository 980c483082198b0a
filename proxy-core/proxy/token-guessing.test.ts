import { describe, expect, test } from 'vitest';
import { ClientTokens } from './client-tokens.ts';
import { startTestProxy } from './testing-proxy.ts';

describe('guessing the token', () => {
  test('has 256 bits to guess', () => {
    const tokens = new Set(Array.from({ length: 200 }, () => new ClientTokens().issue({ kind: 'kubeconfig' })));
    expect(tokens.size).toBe(200);
    for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  });

  test('gets 401 for everything that is not the token, and the gateway never hears of it', async () => {
    await using test = await startTestProxy();
    const { token, proxy } = test;
    const guesses = [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      `Bearer ${token.slice(0, -1)}`,
      `Bearer ${token}A`,
      `Bearer ${token.toUpperCase() === token ? token.toLowerCase() : token.toUpperCase()}`,
      `Bearer ${token.slice(0, 20)}\u0000${token.slice(21)}`.replace('\u0000', ' '),
      `Basic ${Buffer.from(`user:${token}`).toString('base64')}`,
      token,
      `Token ${token}`,
      `Bearer ${'A'.repeat(60_000)}`,
    ];
    for (const guess of guesses) {
      const authorization = guess === undefined ? '' : `Authorization: ${guess}\r\n`;
      const answer = await test.exchange(
        `GET /clusters/dev/api HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\n${authorization}Connection: close\r\n\r\n`,
      );
      expect(answer, String(guess).slice(0, 80)).toMatch(/^HTTP\/1\.1 401 /);
      expect(answer).toContain('"kind":"Status"');
      expect(answer).not.toContain(token);
    }
    expect(test.seen).toHaveLength(0);
    expect(test.log.started).toHaveLength(0);
  });

  test('does not work in the places where other servers look for a token', async () => {
    await using test = await startTestProxy();
    const { token, proxy } = test;
    const subprotocol = `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`;
    for (const [target, header] of [
      [`/clusters/dev/api?access_token=${token}`, ''],
      [`/clusters/dev/api?token=${token}`, ''],
      ['/clusters/dev/api', `Cookie: token=${token}\r\n`],
      ['/clusters/dev/api', `X-Authorization: Bearer ${token}\r\n`],
      ['/clusters/dev/api', `Proxy-Authorization: Bearer ${token}\r\n`],
      ['/clusters/dev/api', `Sec-WebSocket-Protocol: ${subprotocol}\r\n`],
    ]) {
      const answer = await test.exchange(
        `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\n${header}Connection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    }
    expect(test.seen).toHaveLength(0);
  });

  test('takes no longer with a nearly right token than with a wrong one', () => {
    const tokens = new ClientTokens();
    const token = tokens.issue({ kind: 'kubeconfig' });
    const near = `Bearer ${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    const far = `Bearer ${'B'.repeat(token.length)}`;
    const median = (value: string) => {
      const times = Array.from({ length: 400 }, () => {
        const start = process.hrtime.bigint();
        for (let i = 0; i < 20; i++) tokens.identify(value, {});
        return Number(process.hrtime.bigint() - start);
      });
      return times.sort((a, b) => a - b)[200] ?? 0;
    };
    median(near);
    const ratio = median(near) / median(far);
    // A comparison that stops at the first difference differs by far more; the machine's noise does not reach this.
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });
});
