import { ORPCError } from '@orpc/client';
import { fromWireError, isErrorCode, isWireError, PosternError } from '../../proxy-core/contract/errors.ts';
import { firstIssue } from '../../proxy-core/contract/first-issue.ts';

/**
 * Rebuilds an error that crossed from the core. The core sends its `WireError` as the data of an oRPC error; what the
 * validation on this side finds, and a link that broke off, are named with our own codes too.
 */
export function rebuildError(error: unknown): PosternError {
  if (error instanceof PosternError) return error;
  if (error instanceof ORPCError) {
    if (isWireError(error.data)) return fromWireError(error.data);
    if (isErrorCode(error.code)) return fromWireError({ code: error.code, message: error.message });
    const issue = firstIssue(error.data);
    if (issue) return new PosternError('POSTERN_INPUT_INVALID', issue, { cause: error });
    return new PosternError('POSTERN_INTERNAL', error.message, { cause: error });
  }
  if (error instanceof Error && error.name === 'AbortError') return linkLost(error);
  return new PosternError('POSTERN_INTERNAL', error instanceof Error ? error.message : String(error), { cause: error });
}

export function linkLost(cause?: unknown): PosternError {
  return new PosternError('POSTERN_CORE_NOT_RUNNING', 'The Postern core does not answer', {
    cause,
    hint: 'it is tried again; if it stays away, start Postern anew',
  });
}
