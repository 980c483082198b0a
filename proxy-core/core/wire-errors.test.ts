import { ORPCError } from '@orpc/client';
import { expect, test } from 'vitest';
import { PosternError } from '../contract/errors.ts';
import { fromOrpcError, toOrpcError, translating } from './wire-errors.ts';

test('an error of ours crosses with code, message, hint and the cause’s message', () => {
  const cause = new Error('connect ECONNREFUSED');
  const error = new PosternError('POSTERN_TUNNEL_LOST', 'it broke', { hint: 'wait', cause });
  const rebuilt = fromOrpcError(new ORPCError(toOrpcError(error).code, toOrpcError(error).toJSON()));
  expect(rebuilt).toMatchObject({ code: 'POSTERN_TUNNEL_LOST', message: 'it broke', hint: 'wait' });
  expect((rebuilt.cause as Error).message).toBe('connect ECONNREFUSED');
});

test('a stack never crosses', () => {
  expect(JSON.stringify(toOrpcError(new Error('boom')))).not.toContain('wire-errors.test');
});

test('an error of a validation names the field', () => {
  const error = new ORPCError('BAD_REQUEST', {
    data: { issues: [{ message: 'Too small', path: ['input', { key: 'limit' }] }] },
  });
  expect(fromOrpcError(error)).toMatchObject({ code: 'POSTERN_INPUT_INVALID', message: 'input.limit: Too small' });
});

test('what an iterator throws later is translated too', async () => {
  const failing = async () => {
    return (async function* () {
      yield 1;
      throw new PosternError('POSTERN_FORBIDDEN', 'no');
    })();
  };
  const iterator = await translating(failing, toOrpcError);
  await iterator.next();
  await expect(iterator.next()).rejects.toMatchObject({ code: 'POSTERN_FORBIDDEN' });
});
