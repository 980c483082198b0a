import type { IncomingMessage } from 'node:http';
import { ControllerError } from '../errors.ts';

/**
 * Reads a request's JSON body. Only `application/json` is taken: a page of another origin cannot send that without the
 * browser asking first.
 *
 * @returns undefined where there is none
 * @throws {ControllerError} `POSTERN_INPUT_INVALID` for another type, too many bytes, and what is not JSON
 */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const parts: Buffer[] = [];
  let size = 0;
  // Leaving the loop early must not destroy the socket: the refusal still has to be answered on it.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    parts.push(part);
  }
  if (size === 0) return undefined;
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw new ControllerError('POSTERN_INPUT_INVALID', 'the body must be application/json');
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch (cause) {
    throw new ControllerError('POSTERN_INPUT_INVALID', 'the body is not JSON', { cause });
  }
}

function tooLarge(maxBytes: number): ControllerError {
  return new ControllerError('POSTERN_INPUT_INVALID', `the body is larger than ${maxBytes} bytes`);
}
