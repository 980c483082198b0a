import { expect, test } from 'vitest';
import { watchErrorEvent } from './watch-error.ts';

const status = { kind: 'Status', message: 'two\nlines' };

test('one line, as the API server puts it', () => {
  for (const contentType of ['application/json', 'application/json;stream=watch']) {
    expect(watchErrorEvent(contentType, status)).toBe(
      '{"type":"ERROR","object":{"kind":"Status","message":"two\\nlines"}}\n',
    );
  }
});

test('not among bytes of another kind', () => {
  for (const contentType of [
    undefined,
    'application/vnd.kubernetes.protobuf;stream=watch',
    'application/jsonx-none',
    'text/plain',
  ]) {
    expect(watchErrorEvent(contentType, status)).toBeUndefined();
  }
});
