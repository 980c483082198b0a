import { describe, expect, test } from 'vitest';
import { BodyScanner } from './body-scanner.ts';
import type { Framing } from './head.ts';

/** Feeds the text in pieces of `size` bytes. @returns how many bytes belonged to the body, and the scanner */
function scan(framing: Framing, text: string, size = text.length): { taken: number; body: BodyScanner } {
  const bytes = Buffer.from(text, 'latin1');
  const body = new BodyScanner(framing);
  let taken = 0;
  for (let start = 0; start < bytes.length && !body.isComplete; start += size) {
    taken += body.scan(bytes.subarray(start, start + size));
  }
  return { taken, body };
}

const chunked: Framing = { kind: 'chunked' };

describe('a body of known length', () => {
  test.each([1, 2, 3, 8])('ends after its bytes, in pieces of %d', (size) => {
    const { taken, body } = scan({ kind: 'length', sizeBytes: 5 }, 'helloGET', size);
    expect(taken).toBe(5);
    expect(body).toMatchObject({ isComplete: true, payloadBytes: 5 });
  });

  test('is open until then, and one without bytes never begins', () => {
    expect(scan({ kind: 'length', sizeBytes: 5 }, 'hell').body.isComplete).toBe(false);
    expect(scan({ kind: 'none' }, 'GET').taken).toBe(0);
  });
});

test('a body that ends with its connection takes everything', () => {
  const { taken, body } = scan({ kind: 'until-close' }, 'hello');
  expect(taken).toBe(5);
  expect(body).toMatchObject({ isComplete: false, endsWithConnection: true });
});

describe('a chunked body', () => {
  const whole = '5\r\nhello\r\n00A;name="value"\r\n0123456789\r\n0\r\nX-Sum: 42\r\n\r\n';

  test.each([1, 2, 3, 7, 100])('ends after its trailers, in pieces of %d', (size) => {
    const { taken, body } = scan(chunked, `${whole}GET / HTTP/1.1`, size);
    expect(taken).toBe(whole.length);
    expect(body).toMatchObject({ isComplete: true, payloadBytes: 15 });
  });

  test('tells where a last chunk could be put', () => {
    const body = new BodyScanner(chunked);
    expect(body.isBetweenChunks).toBe(true);
    body.scan(Buffer.from('5\r\nhe'));
    expect(body).toMatchObject({ isBetweenChunks: false, wholeChunkBytes: 0 });
    body.scan(Buffer.from('llo\r\n3\r\nabc\r\n4'));
    expect(body).toMatchObject({ isBetweenChunks: false, wholeChunkBytes: 13 });
    body.scan(Buffer.from('\r\nabcd\r\n'));
    expect(body.isBetweenChunks).toBe(true);
  });

  // Another reader could see another end in each of these.
  test.each([
    ['no size', '\r\nhello'],
    ['a size that is no number', 'x\r\n'],
    ['a negative size', '-5\r\nhello'],
    ['a prefixed size', '0x5\r\nhello'],
    ['a size behind a space', ' 5\r\nhello'],
    ['a space behind a size', '5 \r\nhello'],
    ['a size too large to be true', '123456789\r\n'],
    ['a bare line feed behind a size', '5\nhello'],
    ['a line feed in an extension', '5;a\nb\r\nhello'],
    ['a bare carriage return behind a size', '5\rhello'],
    ['more bytes than the size', '5\r\nhello!\r\n'],
    ['a bare line feed behind the bytes', '5\r\nhello\n0\r\n\r\n'],
    ['a bare line feed in the trailers', '0\r\nA: b\n\r\n'],
    ['a folded trailer', '0\r\nA: b\r\n c\r\n\r\n'],
    ['a trailer that is no header', '0\r\nGET / HTTP/1.1\r\n\r\n'],
    ['a trailer without a name', '0\r\n: b\r\n\r\n'],
    ['a trailer with a space before its colon', '0\r\nA : b\r\n\r\n'],
    ['more trailers than a Go server looks at', `0\r\n${'A: b\r\n'.repeat(700)}\r\n`],
    ['an endless extension', `5;${'a'.repeat(5000)}`],
    ['endless trailers', `0\r\n${'A: b\r\n'.repeat(20_000)}`],
  ])('with %s is refused', (_what, text) => {
    expect(() => scan(chunked, text)).toThrow(expect.objectContaining({ code: 'POSTERN_TUNNEL_MESSAGE_INVALID' }));
    expect(() => scan(chunked, text, 1)).toThrow(expect.objectContaining({ code: 'POSTERN_TUNNEL_MESSAGE_INVALID' }));
  });
});
