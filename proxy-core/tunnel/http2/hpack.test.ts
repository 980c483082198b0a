import { describe, expect, test } from 'vitest';
import { decodeFields, encodeFields, type Fields } from './hpack.ts';
import { decodeHuffman } from './huffman.ts';

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');

describe('header blocks', () => {
  test('what is written can be read', () => {
    const fields: Fields = [
      [':method', 'CONNECT'],
      [':authority', 'gateway'],
      ['postern-refusal', 'x'.repeat(5000)],
      ['empty', ''],
    ];
    expect([...decodeFields(encodeFields(fields))]).toEqual(fields);
  });

  // RFC 7541 appendix C.2 to C.4: literals and the static table, plain and Huffman.
  test.each([
    ['400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572', [['custom-key', 'custom-header']]],
    ['040c 2f73 616d 706c 652f 7061 7468', [[':path', '/sample/path']]],
    ['1008 7061 7373 776f 7264 0673 6563 7265 74', [['password', 'secret']]],
    ['82', [[':method', 'GET']]],
    [
      '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
      [
        [':method', 'GET'],
        [':scheme', 'http'],
        [':path', '/'],
        [':authority', 'www.example.com'],
      ],
    ],
    [
      '4803 3330 3258 0770 7269 7661 7465',
      [
        [':status', '302'],
        ['cache-control', 'private'],
      ],
    ],
    ['20 88', [[':status', '200']]],
  ])('the RFC’s example %s', (block, fields) => {
    expect([...decodeFields(hex(block))]).toEqual(fields);
  });

  test.each([
    ['an entry of a dynamic table', 'be'],
    ['entry 0', '80'],
    ['a dynamic table asked for', '3fe11f'],
    ['a name that ends too early', '400a 6375'],
    ['a value that is missing', '0001 61'],
    ['a number without an end', '7fff ffff ffff ffff'],
    ['a length beyond the block', '007f ffff 7f'],
  ])('%s is refused', (_what, block) => {
    expect(() => decodeFields(hex(block))).toThrow(/header block/);
  });
});

describe('Huffman codes', () => {
  test.each([
    ['a8eb 1064 9cbf', 'no-cache'],
    ['aec3 771a 4b', 'private'],
    ['d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ['9d29 ad17 1863 c78f 0b97 c8e9 ae82 ae43 d3', 'https://www.example.com'],
    ['640e ff', '302'.replace('2', '7')],
    ['', ''],
  ])('%s is %j', (bytes, text) => {
    expect(decodeHuffman(hex(bytes))).toBe(text);
  });

  test.each([
    ['the end of the string in the middle', 'ffff ffff'],
    ['padding of a byte or more', 'a8eb 1064 9cbf ff'],
    ['padding that is not ones', 'a8eb 1064 9cbe'],
  ])('%s is refused', (_what, bytes) => {
    expect(() => decodeHuffman(hex(bytes))).toThrow(/Huffman/);
  });
});
