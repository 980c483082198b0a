import { expect, test } from 'vitest';
import { HeadReader } from './head-reader.ts';

const head = 'GET / HTTP/1.1\r\nHost: a';

test.each([1, 2, 3, 5, 100])('a head is found in pieces of %d bytes, with what is behind it', (size) => {
  const bytes = Buffer.from(`${head}\r\n\r\nbody`);
  const reader = new HeadReader(100);
  for (let start = 0; start < bytes.length; start += size) {
    const read = reader.read(bytes.subarray(start, start + size));
    if (read === undefined) {
      expect(reader.hasBegun).toBe(true);
      continue;
    }
    expect(read.text).toBe(head);
    const rest = read.rest.toString() + bytes.subarray(start + size);
    expect(rest).toBe('body');
    expect(reader.hasBegun).toBe(false);
    return;
  }
  expect.fail('no head was found');
});

test('empty lines in front of a request are nothing', () => {
  const reader = new HeadReader(100);
  expect(reader.read(Buffer.from('\r\n\r\n'))).toBeUndefined();
  expect(reader.hasBegun).toBe(false);
  expect(reader.read(Buffer.from(`\r\n${head}\r\n\r\n`))?.text).toBe(head);
});

test.each([1, 64, 4096])('a head that is too large is refused before it is whole, in pieces of %d bytes', (size) => {
  const reader = new HeadReader(1000);
  const piece = Buffer.alloc(size, 'a');
  expect(() => {
    for (let sent = 0; sent < 5000; sent += size) reader.read(piece);
  }).toThrow(expect.objectContaining({ status: 431 }));
});

test('a large body behind a head does not count', () => {
  const reader = new HeadReader(100);
  reader.read(Buffer.from('GET / HT'));
  const read = reader.read(Buffer.from(`TP/1.1\r\n\r\n${'b'.repeat(5000)}`));
  expect(read?.text).toBe('GET / HTTP/1.1');
  expect(read?.rest.length).toBe(5000);
});
