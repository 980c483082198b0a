import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import { decodeProtobuf, protobufMediaType } from '../protobuf/decode.ts';
import { badRequest, StatusError } from '../status.ts';
import { parseMediaType } from './presentation.ts';

/** kube-apiserver's limit on a request body. */
const bodyLimitBytes = 3 * 1024 * 1024;

/**
 * How much YAML is parsed: it takes the only thread some microseconds a byte, JSON some nanoseconds. What kubectl calls
 * YAML, in a server-side apply, is JSON.
 */
const yamlLimitBytes = 256 * 1024;

export interface Body {
  /** Media type without parameters; empty where the request names none. */
  mediaType: string;
  bytes: Buffer;
}

/** @throws {StatusError} 413 */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > bodyLimitBytes) break;
    pieces.push(piece);
  }
  if (size > bodyLimitBytes) {
    // The rest is read and dropped, so that the connection can carry the next request.
    request.resume();
    throw tooLarge(`limit is ${bodyLimitBytes}`);
  }
  const { type } = parseMediaType(request.headers['content-type'] ?? '');
  return { mediaType: type, bytes: Buffer.concat(pieces, size) };
}

/**
 * Parses a body as an object: JSON, or YAML or protobuf where the request says so. An empty one is undefined.
 *
 * @throws {StatusError} 400, 415
 */
export function parseBody({ mediaType, bytes }: Body): unknown {
  if (bytes.length === 0) return undefined;
  if (mediaType === '' || mediaType === 'application/json') return parseJson(bytes);
  if (mediaType === 'application/yaml') return parseYaml(bytes);
  if (mediaType === protobufMediaType) return decodeProtobuf(bytes);
  throw unsupportedMediaType(mediaType, ['application/json', 'application/yaml', protobufMediaType]);
}

export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw Object.assign(badRequest(`couldn't get version/kind; json parse error: ${why}`), { cause });
  }
}

/**
 * YAML is a superset of JSON, so this reads both.
 *
 * @throws {StatusError} 400, 413
 */
export function parseYaml(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: YAML, or neither, which the parser below says better.
  }
  if (bytes.length > yamlLimitBytes) throw tooLarge(`limit of YAML that is not JSON is ${yamlLimitBytes}`);
  try {
    // Comparing each key with all others would take minutes for a long map; as in kube-apiserver, the last one counts.
    return parse(text, { maxAliasCount: 100, uniqueKeys: false });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw Object.assign(badRequest(`error decoding YAML: ${why}`), { cause });
  }
}

function tooLarge(why: string): StatusError {
  return new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: ${why}`, {});
}

export function unsupportedMediaType(mediaType: string, supported: readonly string[]): StatusError {
  return new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format (${mediaType || 'none named'}) - accepted media types include: ${supported.join(', ')}`,
    {},
  );
}
