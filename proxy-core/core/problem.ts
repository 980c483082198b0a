import type { Problem } from '../contract/app.ts';
import { toWireError } from '../contract/errors.ts';

/** An error as the windows show it. */
export function problemOf(error: unknown): Problem {
  const { code, message, hint } = toWireError(error);
  return { code, message, hint: hint ?? null };
}
