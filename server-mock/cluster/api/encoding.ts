import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KubeObject } from '../objects.ts';
import type { ResourceDefinition } from '../resources/definition.ts';
import type { Presentation } from './presentation.ts';
import { fromStored } from './write.ts';

/** Stored objects never change, so each is turned into bytes once, however many lists and watches send it. */
const encoded = new WeakMap<KubeObject, Buffer>();

/** A stored object as the resource's API version shows it, in JSON. */
export function encodeObject(definition: ResourceDefinition, object: KubeObject): Buffer {
  if (definition.codec) return Buffer.from(JSON.stringify(fromStored(definition, object)));
  const known = encoded.get(object);
  if (known) return known;
  const bytes = Buffer.from(JSON.stringify(object));
  encoded.set(object, bytes);
  return bytes;
}

/** `metav1.PartialObjectMetadata` */
export function metadataOnly(object: KubeObject, apiVersion: string) {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata };
}

/** `metav1.Table`, without its rows. */
export function tableHead(
  definition: ResourceDefinition,
  presentation: Presentation & { kind: 'table' },
  metadata: Record<string, unknown>,
  headers: 'with-headers' | 'without-headers',
) {
  return {
    kind: 'Table',
    apiVersion: presentation.apiVersion,
    metadata,
    columnDefinitions: headers === 'with-headers' ? definition.printer.columns : null,
  };
}

/** What a Table row carries of its object besides the cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export function readIncludeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject');
  return value === 'None' || value === 'Object' ? value : 'Metadata';
}

export function tableRow(
  definition: ResourceDefinition,
  object: KubeObject,
  include: IncludeObject,
  nowMs: number,
): { cells: unknown[]; object?: unknown } {
  const cells = definition.printer.cells(object, nowMs);
  switch (include) {
    case 'None':
      return { cells };
    case 'Metadata':
      return { cells, object: metadataOnly(object, 'meta.k8s.io/v1') };
    case 'Object':
      return { cells, object: fromStored(definition, object) };
    default:
      return include satisfies never;
  }
}

/** One object in the form asked for. */
export function present(
  definition: ResourceDefinition,
  object: KubeObject,
  presentation: Presentation,
  include: IncludeObject,
  nowMs: number,
): Buffer {
  switch (presentation.kind) {
    case 'object':
      return encodeObject(definition, object);
    case 'metadata':
      return Buffer.from(JSON.stringify(metadataOnly(object, presentation.apiVersion)));
    case 'table': {
      const head = tableHead(
        definition,
        presentation,
        { resourceVersion: object.metadata.resourceVersion },
        'with-headers',
      );
      return Buffer.from(JSON.stringify({ ...head, rows: [tableRow(definition, object, include, nowMs)] }));
    }
    default:
      return presentation satisfies never;
  }
}

export const noStore = { 'cache-control': 'no-cache, private' };

export function respondJson(response: ServerResponse, code: number, body: Buffer | object): void {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  response.writeHead(code, { 'content-type': 'application/json', 'content-length': bytes.length, ...noStore });
  response.end(bytes);
}

/** Small pieces are joined up to this size before they are written. */
const blockBytes = 64 * 1024;
/** After this much, other requests get a turn. */
const turnBytes = 512 * 1024;

/**
 * Sends a JSON body made of pieces, with back-pressure and without holding up other requests: pieces are asked for
 * only as fast as the client reads.
 */
export async function streamJson(response: ServerResponse, pieces: Iterable<Buffer | string>): Promise<void> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let sinceTurn = 0;
  response.writeHead(200, { 'content-type': 'application/json', ...noStore });
  for (const piece of pieces) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    pending.push(bytes);
    pendingBytes += bytes.length;
    sinceTurn += bytes.length;
    if (pendingBytes < blockBytes) continue;
    const block = pending.length === 1 ? bytes : Buffer.concat(pending, pendingBytes);
    pending = [];
    pendingBytes = 0;
    if (!response.write(block)) await drained(response);
    if (response.destroyed) return;
    if (sinceTurn >= turnBytes) {
      sinceTurn = 0;
      await nextTurn();
    }
  }
  response.end(Buffer.concat(pending, pendingBytes));
}

/** Settles when the response can take more, or is gone. */
export function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed || !response.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
