import { expect, test } from 'vitest';
import { FrameReader } from './frame-reader.ts';
import { frameFlag, frameOf, frameType } from './frames.ts';

function read(bytes: Buffer, cuts: readonly number[]) {
  const frames: { type: number; flags: number; streamId: number; payload: string; isWhole: boolean }[] = [];
  let isNew = true;
  const reader = new FrameReader(
    {
      onData(streamId, piece, flags, isLast) {
        const last = frames.at(-1);
        if (isNew || last === undefined) frames.push({ type: 0, flags, streamId, payload: '', isWhole: false });
        const frame = frames.at(-1)!;
        frame.payload += piece.toString('latin1');
        frame.isWhole = isLast;
        isNew = isLast;
      },
      onFrame(type, flags, streamId, payload) {
        frames.push({ type, flags, streamId, payload: payload.toString('latin1'), isWhole: true });
      },
    },
    16_384,
  );
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    reader.read(bytes.subarray(from, cut));
    from = cut;
  }
  return frames;
}

const wire = Buffer.concat([
  frameOf(frameType.settings, 0, 0, Buffer.alloc(12, 's')),
  frameOf(frameType.data, 0, 1, Buffer.alloc(40, 'a')),
  frameOf(frameType.data, frameFlag.endStream, 1, Buffer.alloc(0)),
  frameOf(frameType.settings, frameFlag.ack, 0, Buffer.alloc(0)),
  frameOf(frameType.data, frameFlag.padded, 3, Buffer.from('\x02hello..')),
  frameOf(frameType.ping, 0, 0, Buffer.from('12345678')),
  frameOf(0x77, 0xff, 0x7fff_ffff, Buffer.from('unknown')),
]);

test('frames are the same however the bytes come', () => {
  const whole = read(wire, []);
  expect(whole.map(({ type }) => type)).toEqual([4, 0, 0, 4, 0, 6, 0x77]);
  expect(whole.every(({ isWhole }) => isWhole)).toBe(true);
  for (let first = 1; first < wire.length; first += 1) {
    expect(read(wire, [first])).toEqual(whole);
    for (let second = first + 1; second < wire.length; second += 7) expect(read(wire, [first, second])).toEqual(whole);
  }
  expect(
    read(
      wire,
      Array.from({ length: wire.length - 1 }, (_, index) => index + 1),
    ),
  ).toEqual(whole);
});

test('a frame larger than allowed is refused by its header alone', () => {
  const header = Buffer.from([0, 0x40, 0x01, 0, 0, 0, 0, 0, 1]);
  expect(() => read(header, [])).toThrow(/too large/);
});
