import { describe, expect, it } from 'vitest';
import { decodeProtobuf } from './decode.ts';
import { MessageWriter } from './wire.ts';

const message = () => new MessageWriter();

function envelope(apiVersion: string, kind: string, raw: MessageWriter): Buffer {
  const unknown = message().message(1, message().text(1, apiVersion).text(2, kind)).message(2, raw);
  return Buffer.concat([Buffer.from('k8s\0'), unknown.finish()]);
}

describe('an object sent as protobuf', () => {
  it('reads as the JSON it stands for', () => {
    const container = message().text(1, 'web').text(2, 'nginx:1.27');
    const template = message()
      .message(1, message().message(11, message().text(1, 'app').text(2, 'web')))
      .message(2, message().message(2, container));
    const spec = message().message(3, template);
    const deployment = message().message(1, message().text(1, 'web')).message(2, spec);
    expect(decodeProtobuf(envelope('apps/v1', 'Deployment', deployment))).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] },
        },
      },
    });
  });

  it('gives the bytes of a Secret in base64', () => {
    const secret = message().message(
      2,
      message()
        .text(1, 'key')
        .bytes(2, Buffer.from([0, 255])),
    );
    expect(decodeProtobuf(envelope('v1', 'Secret', secret))).toMatchObject({ data: { key: 'AP8=' } });
  });

  it('is refused with 415 where its kind is not known', () => {
    expect(() => decodeProtobuf(envelope('x.example/v1', 'Thing', message()))).toThrow(/does not read Thing/);
  });

  it.each([
    ['no prefix', Buffer.from('hello')],
    ['a length beyond the end', Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x0a, 0x7f])])],
    ['a number that never ends', Buffer.concat([Buffer.from('k8s\0'), Buffer.alloc(20, 0xff)])],
    ['an unknown wire type', Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x0f])])],
  ])('is refused with 400 for %s', (_, bytes) => {
    expect(() => decodeProtobuf(bytes)).toThrow(/protobuf body/);
  });
});
