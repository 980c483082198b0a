import { errorCode, Http2Error } from './frames.ts';

/**
 * The lengths in bits of HPACK's Huffman codes, by symbol from 0 to 256 (the end of the string). The code is canonical:
 * among codes of one length, the next symbol has the next code, so that the lengths give the codes.
 *
 * @see RFC 7541 appendix B
 */
const lengths = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6,
  5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23,
  22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22,
  23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26,
  20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27,
  27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27,
  27, 27, 27, 26, 30,
];
const endOfString = 256;

interface CodesOfLength {
  firstCode: number;
  symbols: number[];
}

const codes = canonicalCodes();

function canonicalCodes(): CodesOfLength[] {
  const byLength: CodesOfLength[] = [];
  let code = 0;
  for (let length = 1; length <= 30; length += 1) {
    code *= 2;
    const symbols = lengths.flatMap((each, symbol) => (each === length ? [symbol] : []));
    byLength[length] = { firstCode: code, symbols };
    code += symbols.length;
  }
  return byLength;
}

/** @throws {Http2Error} COMPRESSION_ERROR where the bytes are no such string */
export function decodeHuffman(bytes: Buffer): string {
  let text = '';
  let code = 0;
  let length = 0;
  let isAllOnes = true;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      const isSet = (byte >> bit) & 1;
      code = code * 2 + isSet;
      length += 1;
      if (isSet === 0) isAllOnes = false;
      const ofLength = codes[length];
      if (ofLength === undefined) throw invalid();
      const symbol = ofLength.symbols[code - ofLength.firstCode];
      if (symbol === undefined) continue;
      if (symbol === endOfString) throw invalid();
      text += String.fromCharCode(symbol);
      code = 0;
      length = 0;
      isAllOnes = true;
    }
  }
  // What is left over is the beginning of the code for the end: less than a byte of ones.
  if (length > 7 || !isAllOnes) throw invalid();
  return text;
}

function invalid(): Http2Error {
  return new Http2Error(errorCode.compression, 'a header field is no Huffman code');
}
