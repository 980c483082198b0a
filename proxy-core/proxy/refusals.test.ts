import { describe, expect, test, vi } from 'vitest';
import { waitForAccess } from './access.ts';
import { startTestProxy, type TestProxy } from './testing-proxy.ts';
import type { AccessState, ProxyClock } from './types.ts';

async function statusOf(test: TestProxy, headers: string[] = [], method = 'GET') {
  const answer = await test.exchange(test.head('/clusters/dev/api/v1/pods', ['Connection: close', ...headers], method));
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { head, line: head.split('\r\n')[0], status: JSON.parse(body) };
}

describe('refusals', () => {
  test('signed out is 401 at once, with what to do', async () => {
    await using test = await startTestProxy({ state: { kind: 'signed-out' } });
    const { line, status } = await statusOf(test);
    expect(line).toBe('HTTP/1.1 401 Unauthorized');
    expect(status).toMatchObject({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason: 'Unauthorized',
      code: 401,
      message: expect.stringContaining('postern login'),
      details: { causes: [{ reason: 'POSTERN_SIGNED_OUT' }] },
    });
    expect(test.seen).toHaveLength(0);
    expect(test.log.started[0]?.event).toMatchObject({ decision: 'denied', cluster: 'dev', sessionId: null });
    expect(test.log.completed[0]).toMatchObject({ status: 401, auditId: test.log.started[0]?.event.auditId });
  });

  test('revoked is 403 with the administrator’s message', async () => {
    await using test = await startTestProxy({ state: { kind: 'revoked', message: 'alice was revoked by bob' } });
    const { status } = await statusOf(test);
    expect(status).toMatchObject({ code: 403, reason: 'Forbidden', message: 'alice was revoked by bob' });
  });

  test('an unknown cluster and a role that is not held are 403 and name what is', async () => {
    await using unknown = await startTestProxy({ resolveRole: () => ({ kind: 'cluster-unknown' }) });
    expect((await statusOf(unknown)).status).toMatchObject({ code: 403, message: expect.stringContaining('"dev"') });
    await using notHeld = await startTestProxy({
      resolveRole: () => ({ kind: 'role-not-held', held: ['viewer', 'editor'] }),
    });
    expect((await statusOf(notHeld)).status).toMatchObject({
      code: 403,
      message: expect.stringContaining('viewer, editor'),
    });
  });

  test('an offline cluster is 503 with retryAfterSeconds, and without the header that makes kubectl hang', async () => {
    await using test = await startTestProxy({
      resolveRole: () => ({ kind: 'cluster-offline', since: '2026-03-01T00:00:00Z' }),
    });
    const { status, head } = await statusOf(test);
    expect(status).toMatchObject({ code: 503, reason: 'ServiceUnavailable', details: { retryAfterSeconds: 5 } });
    expect(head.toLowerCase()).not.toContain('retry-after');
  });

  test('client-go’s discovery gets a 403 as the text that kubectl shows there', async () => {
    await using test = await startTestProxy({ resolveRole: () => ({ kind: 'cluster-unknown' }) });
    const accept = 'Accept: application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const answer = await test.exchange(test.head('/clusters/dev/api', [accept, 'Connection: close']));
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toContain('Content-Type: text/plain');
    expect(answer).toContain('\r\n\r\nno grant gives you cluster "dev"');
  });

  test('an upgrade is refused with an ordinary answer', async () => {
    await using test = await startTestProxy({ state: { kind: 'signed-out' } });
    for (const method of ['GET', 'POST']) {
      const answer = await test.exchange(
        test.head(
          '/clusters/dev/api/v1/namespaces/x/pods/y/exec',
          ['Connection: Upgrade', 'Upgrade: SPDY/3.1'],
          method,
        ),
      );
      expect(answer).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
      expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ kind: 'Status', code: 401 });
    }
  });

  test('a HEAD request gets the status without a body', async () => {
    await using test = await startTestProxy({ state: { kind: 'signed-out' } });
    const answer = await test.exchange(test.head('/clusters/dev/api', ['Connection: close'], 'HEAD'));
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer.split('\r\n\r\n')[1]).toBe('');
  });

  test('an upload that is refused does not have to be sent to its end', async () => {
    await using test = await startTestProxy({ state: { kind: 'signed-out' } });
    const answer = await test.exchange(test.head('/clusters/dev/api', ['Content-Length: 100000000'], 'POST'));
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).toMatch(/Connection: close/i);
  });

  test('a request waits for the sign-in and then goes through', async () => {
    await using test = await startTestProxy({ state: { kind: 'sign-in-needed' } });
    const answer = test.exchange(test.head('/clusters/dev/api', ['Connection: close']));
    const upgrade = test.exchange(test.head('/clusters/dev/api', ['Connection: Upgrade', 'Upgrade: websocket']));
    await expect.poll(() => test.waiting()).toBe(2);
    expect(test.seen).toHaveLength(0);
    test.setState({ kind: 'connecting', problem: null });
    test.setState({ kind: 'open' });
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
    await upgrade;
    expect(test.seen).toHaveLength(2);
  });

  test('a request that waits while somebody signs in anew is not served with the token of the sign-in before', async () => {
    await using test = await startTestProxy({ state: { kind: 'sign-in-needed' } });
    const answer = test.exchange(test.head('/clusters/dev/api', ['Connection: close']));
    const upgrade = test.exchange(test.head('/clusters/dev/api', ['Connection: Upgrade', 'Upgrade: websocket']));
    await expect.poll(() => test.waiting()).toBe(2);
    test.tokens.rotate();
    test.setState({ kind: 'open' });
    for (const each of [await answer, await upgrade]) {
      expect(each).toMatch(/^HTTP\/1\.1 401 /);
      expect(each).toContain('POSTERN_PROXY_UNAUTHORIZED');
    }
    expect(test.seen).toHaveLength(0);
  });

  test('a gateway that breaks off before it answers is 502, and the log says so', async () => {
    await using test = await startTestProxy({ gateway: (request) => request.socket.destroy() });
    const { status } = await statusOf(test, ['Content-Length: 0'], 'POST');
    expect(status).toMatchObject({ code: 502, message: expect.stringContaining('broke') });
    expect(test.log.started[0]?.event).toMatchObject({ decision: 'failed', reason: expect.stringContaining('broke') });
    expect(test.log.completed[0]).toMatchObject({ status: 502 });
  });

  test('what is not HTTP gets an answer and no more', async () => {
    await using test = await startTestProxy();
    expect(await test.exchange('\u0000\u0001garbage\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*"kind":"Status"/s);
    const tooLong = await test.exchange(test.head('/clusters/dev/api', [`X-Long: ${'a'.repeat(200_000)}`]));
    expect(tooLong).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('waiting for access', () => {
  function waiting(initial: AccessState) {
    let state = initial;
    let fire = () => {};
    let listener = () => {};
    const undo = vi.fn();
    const delays: number[] = [];
    const clock: ProxyClock = {
      now: () => new Date(0),
      setTimeout: (callback, ms) => {
        fire = callback;
        delays.push(ms);
        return undefined as unknown as NodeJS.Timeout;
      },
      clearTimeout: vi.fn(),
    };
    const gone = new AbortController();
    const upstream = {
      state: () => state,
      onState: (given: () => void) => {
        listener = given;
        return undo;
      },
    };
    return {
      result: waitForAccess(upstream, clock, gone.signal),
      gone,
      undo,
      delays,
      elapse: () => fire(),
      change: (next: AccessState) => {
        state = next;
        listener();
      },
    };
  }

  test('ends after exactly 3 s, with the state of that moment', async () => {
    const wait = waiting({ kind: 'connecting', problem: null });
    expect(wait.delays).toEqual([3000]);
    wait.change({ kind: 'sign-in-needed' });
    wait.elapse();
    expect(await wait.result).toEqual({ kind: 'sign-in-needed' });
    expect(wait.undo).toHaveBeenCalledOnce();
  });

  test('ends as soon as there is nothing to wait for', async () => {
    const wait = waiting({ kind: 'sign-in-needed' });
    wait.change({ kind: 'signed-out' });
    expect(await wait.result).toEqual({ kind: 'signed-out' });
    expect(wait.undo).toHaveBeenCalledOnce();
  });

  test('ends when the tool goes away', async () => {
    const wait = waiting({ kind: 'connecting', problem: 'no route' });
    wait.gone.abort();
    await wait.result;
    expect(wait.undo).toHaveBeenCalledOnce();
  });
});
