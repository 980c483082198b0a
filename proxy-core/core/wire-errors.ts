import { mapEventIterator, ORPCError } from '@orpc/client';
import {
  fromWireError,
  isErrorCode,
  isWireError,
  PosternError,
  toWireError,
  type WireError,
} from '../contract/errors.ts';
import { firstIssue } from '../contract/first-issue.ts';
import { CoreError } from './errors.ts';

/**
 * How errors go through oRPC: the code is ours, the data is the whole `WireError`. Made by {@link toOrpcError} on the
 * answering side and rebuilt by {@link fromOrpcError} on the asking one; the controller's API does the same.
 */
export function toOrpcError(error: unknown): ORPCError<string, WireError> {
  const wire = toWireError(error instanceof ORPCError ? fromOrpcError(error) : error);
  return new ORPCError(wire.code, { status: 500, message: wire.message, data: wire, cause: error });
}

/** Anything that is no oRPC error (an abort, a broken connection) comes back as it is where it has a code of ours. */
export function fromOrpcError(error: unknown): PosternError {
  if (error instanceof PosternError) return error;
  if (error instanceof ORPCError) {
    if (isWireError(error.data)) return fromWireError(error.data);
    if (isErrorCode(error.code)) return fromWireError({ code: error.code, message: error.message });
    const issue = firstIssue(error.data);
    if (issue) return new CoreError('POSTERN_INPUT_INVALID', issue, { cause: error });
  }
  // `fetch` puts what really happened (the tunnel is gone) into the cause.
  if (error instanceof Error && error.cause instanceof PosternError) return error.cause;
  return new CoreError('POSTERN_INTERNAL', error instanceof Error ? error.message : String(error), { cause: error });
}

/** Translates what a call throws, and what its event iterator throws later. */
export async function translating<Output>(
  call: () => Promise<Output>,
  translate: (error: unknown) => Error,
): Promise<Output> {
  try {
    const output = await call();
    if (!isEventIterator(output)) return output;
    return mapEventIterator(output, {
      value: async (value) => value,
      error: async (error) => translate(error),
    }) as Output;
  } catch (error) {
    throw translate(error);
  }
}

function isEventIterator(value: unknown): value is AsyncIterator<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'next' in value;
}
