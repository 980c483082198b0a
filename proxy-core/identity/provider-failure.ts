const longestDetail = 200;

/**
 * What went wrong at the provider, in a sentence. openid-client's own errors say only of what kind it was; what was expected
 * of what stands in their causes. Values of tokens are left out.
 */
export function detailOf(error: unknown): string {
  let detail = error instanceof Error ? error.message : String(error);
  for (let current = error; current instanceof Error; current = current.cause) {
    detail = current.message;
    if (current.cause instanceof Response) detail += ` (${current.cause.status})`;
    const compared = comparison(current.cause);
    if (compared) detail += `: "${compared.found}" where "${compared.expected}" is expected`;
  }
  return detail.length > longestDetail ? `${detail.slice(0, longestDetail)}…` : detail;
}

/** Whether a time in an ID token does not fit this machine's. */
export function isClockFailure(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED';
}

/** The issuer in a discovery document that is another's. */
function comparison(cause: unknown): { found: string; expected: string } | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined;
  const { attribute, expected, body } = cause as Partial<Record<'attribute' | 'expected' | 'body', unknown>>;
  if (attribute !== 'issuer' || typeof expected !== 'string' || typeof body !== 'object' || body === null)
    return undefined;
  return { found: String((body as { issuer?: unknown }).issuer), expected };
}
