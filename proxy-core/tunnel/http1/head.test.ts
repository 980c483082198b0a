import { describe, expect, test } from 'vitest';
import { parseRequestHead, parseResponseHead, writeHead } from './head.ts';

const request = (...lines: string[]) => parseRequestHead(['GET /api HTTP/1.1', ...lines].join('\r\n'));
const response = (status: string, ...lines: string[]) =>
  parseResponseHead([`HTTP/1.1 ${status}`, ...lines].join('\r\n'), 'GET');

describe('a request’s head', () => {
  test('is read with its target untouched and its names in lower case', () => {
    const head = parseRequestHead('PATCH /a%2Fb//c?x=%20&y HTTP/1.1\r\nHost: a\r\nX-Two:  spaced\tout \t\r\nX-Two: é');
    expect(head).toMatchObject({ method: 'PATCH', target: '/a%2Fb//c?x=%20&y', framing: { kind: 'none' } });
    expect(head.headers).toEqual(['host', 'a', 'x-two', 'spaced\tout', 'x-two', 'é']);
    expect(head.isPersistent).toBe(true);
  });

  test('says how its body ends', () => {
    expect(request('Content-Length: 12').framing).toEqual({ kind: 'length', sizeBytes: 12 });
    expect(request('Transfer-Encoding: Chunked').framing).toEqual({ kind: 'chunked' });
    expect(request('Content-Length: 0').framing).toEqual({ kind: 'none' });
  });

  test('is the last of its connection where it says so, asks to switch or is a CONNECT', () => {
    expect(request('Connection: keep-alive, Close').isPersistent).toBe(false);
    expect(request('Connection: Upgrade', 'Upgrade: SPDY/3.1')).toMatchObject({
      isPersistent: false,
      upgrade: 'SPDY/3.1',
    });
    expect(parseRequestHead('CONNECT a:443 HTTP/1.1').isPersistent).toBe(false);
  });

  test('asks to switch only where Connection says so, and then has no body', () => {
    expect(request('Upgrade: websocket').upgrade).toBeUndefined();
    expect(request('Connection: upgrade', 'Upgrade: websocket', 'Content-Length: 9').framing).toEqual({ kind: 'none' });
  });

  // Each could be read in two ways, and a request hidden in the difference.
  test.each([
    ['a bare line feed', 'GET / HTTP/1.1\r\nA: b\nC: d'],
    ['a bare carriage return', 'GET / HTTP/1.1\r\nA: b\rC: d'],
    ['a null', 'GET / HTTP/1.1\r\nA: b\0'],
    ['a folded line', 'GET / HTTP/1.1\r\nA: b\r\n c'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nContent-Length : 5'],
    ['a line without a colon', 'GET / HTTP/1.1\r\nA'],
    ['a header without a name', 'GET / HTTP/1.1\r\n: b'],
    ['a name that is no token', 'GET / HTTP/1.1\r\nA(b): c'],
    ['a name outside ASCII', 'GET / HTTP/1.1\r\nÀ: c'],
    ['two lengths that agree', 'GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5'],
    ['two lengths in one', 'GET / HTTP/1.1\r\nContent-Length: 5, 5'],
    ['a length with a sign', 'GET / HTTP/1.1\r\nContent-Length: +5'],
    ['a length in hexadecimal', 'GET / HTTP/1.1\r\nContent-Length: 0x5'],
    ['an empty length', 'GET / HTTP/1.1\r\nContent-Length:'],
    ['a length and chunks', 'GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked'],
    ['chunks twice', 'GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked'],
    ['chunks after another encoding', 'GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked'],
    ['chunks misspelt', 'GET / HTTP/1.1\r\nTransfer-Encoding: chunked;q=1'],
    ['two spaces in the request line', 'GET  / HTTP/1.1'],
    ['a tab in the request line', 'GET\t/ HTTP/1.1'],
    ['a space in the target', 'GET /a b HTTP/1.1'],
    ['something behind the version', 'GET / HTTP/1.1 '],
    ['no version', 'GET /'],
    ['nothing', ''],
  ])('with %s is refused', (_what, text) => {
    expect(() => parseRequestHead(text)).toThrow(
      expect.objectContaining({ code: 'POSTERN_TUNNEL_MESSAGE_INVALID', status: 400 }),
    );
  });

  test.each(['GET / HTTP/1.0', 'GET / HTTP/2.0', 'GET / HTTP/0.9'])('%s is another version', (text) => {
    expect(() => parseRequestHead(text)).toThrow(expect.objectContaining({ status: 505 }));
  });
});

describe('a response’s head', () => {
  test('is read with or without a reason', () => {
    expect(response('404 Not Found Indeed')).toMatchObject({ status: 404, statusMessage: 'Not Found Indeed' });
    expect(response('200')).toMatchObject({ status: 200, statusMessage: '' });
  });

  test('says how its body ends', () => {
    expect(response('200 OK', 'Content-Length: 7').framing).toEqual({ kind: 'length', sizeBytes: 7 });
    expect(response('200 OK', 'Transfer-Encoding: chunked').framing).toEqual({ kind: 'chunked' });
    expect(response('200 OK').framing).toEqual({ kind: 'until-close' });
    expect(response('204 No Content', 'Content-Length: 7').framing).toEqual({ kind: 'none' });
    expect(response('304 Not Modified', 'Transfer-Encoding: chunked').framing).toEqual({ kind: 'none' });
    expect(parseResponseHead('HTTP/1.1 200 OK\r\nContent-Length: 7', 'HEAD').framing).toEqual({ kind: 'none' });
  });

  test('ends the connection where it must', () => {
    expect(response('200 OK', 'Content-Length: 7').isPersistent).toBe(true);
    expect(response('200 OK', 'Content-Length: 7', 'Connection: close').isPersistent).toBe(false);
    expect(response('200 OK').isPersistent).toBe(false);
    expect(parseResponseHead('HTTP/1.0 200 OK\r\nContent-Length: 7', 'GET').isPersistent).toBe(false);
  });

  test.each(['HTTP/1.1 20 OK', 'HTTP/2 200', 'ICY 200 OK', 'HTTP/1.1 200 OK\r\nA: b\nC: d'])(
    '%j is refused',
    (text) => {
      expect(() => parseResponseHead(text, 'GET')).toThrow(
        expect.objectContaining({ code: 'POSTERN_TUNNEL_MESSAGE_INVALID' }),
      );
    },
  );
});

test.each(['a\r\nSet-Cookie: b', 'a\nb', 'a\0', '“quoted”'])('a value like %j is never sent', (value) => {
  expect(() => writeHead('HTTP/1.1 200 OK', ['warning', value])).toThrow(TypeError);
});
