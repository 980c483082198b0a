import { IdentityError } from './errors.ts';

/** A discovery document or a token response has a few kilobytes. */
const maxAnswerBytes = 1024 * 1024;

/**
 * `fetch` for answers that are read whole: whoever answers for the provider must not fill the memory.
 *
 * @throws {IdentityError} `POSTERN_SIGN_IN_FAILED` where an answer is larger than {@link maxAnswerBytes}
 */
export function boundedFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const { body, status, statusText, headers } = await fetch(input, init);
    if (body === null) return new Response(null, { status, statusText, headers });
    const pieces: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const piece of body) {
      sizeBytes += piece.length;
      if (sizeBytes > maxAnswerBytes) {
        const { origin } = new URL(input instanceof Request ? input.url : input);
        throw new IdentityError('POSTERN_SIGN_IN_FAILED', `${origin} answers with more than ${maxAnswerBytes} bytes`);
      }
      pieces.push(piece);
    }
    return new Response(Buffer.concat(pieces), { status, statusText, headers });
  };
}
