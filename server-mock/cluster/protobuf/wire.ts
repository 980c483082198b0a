import { badRequest } from '../status.ts';

/** One field of a protobuf message, its value not yet interpreted. */
export interface WireField {
  number: number;
  value: bigint | Buffer;
}

/**
 * Splits a protobuf message into its fields.
 *
 * @throws {StatusError} 400 where the bytes are no message
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export function* readFields(bytes: Buffer): Generator<WireField> {
  let offset = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[offset++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw badRequest('the protobuf body is cut off');
  };
  const take = (length: number): Buffer => {
    const end = offset + length;
    if (end > bytes.length) throw badRequest('the protobuf body is cut off');
    const taken = bytes.subarray(offset, end);
    offset = end;
    return taken;
  };
  while (offset < bytes.length) {
    const key = Number(varint());
    const number = key >>> 3;
    switch (key & 7) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        yield { number, value: take(8) };
        break;
      case 2:
        yield { number, value: take(Number(varint())) };
        break;
      case 5:
        yield { number, value: take(4) };
        break;
      default:
        throw badRequest('the protobuf body has a field of an unknown wire type');
    }
  }
}

/** Builds a protobuf message. Fields that are undefined or empty are left out. */
export class MessageWriter {
  readonly #pieces: Buffer[] = [];

  text(number: number, value: string | undefined): this {
    return value ? this.bytes(number, Buffer.from(value)) : this;
  }

  flag(number: number, value: boolean): this {
    if (value) this.#pieces.push(varint((number << 3) | 0), varint(1));
    return this;
  }

  message(number: number, value: MessageWriter): this {
    return this.bytes(number, value.finish());
  }

  bytes(number: number, value: Buffer): this {
    this.#pieces.push(varint((number << 3) | 2), varint(value.length), value);
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
