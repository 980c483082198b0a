import type { z } from 'zod';

/** For zod's `safeParse`: a field that is not there is said to be missing, not to be of the wrong type. */
export const sayMissing = {
  error: ({ code, input }: z.core.$ZodRawIssue) =>
    code === 'invalid_type' && input === undefined ? 'is missing' : undefined,
};
