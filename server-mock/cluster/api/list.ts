import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../objects.ts';
import { apiVersionOf, type ResourceDefinition } from '../resources/definition.ts';
import { badRequest, StatusError } from '../status.ts';
import type { ObjectStore } from '../store.ts';
import { encodeObject, metadataOnly, readIncludeObject, streamJson, tableHead, tableRow } from './encoding.ts';
import type { Presentation } from './presentation.ts';
import { parseSelectors } from './selectors.ts';

/** How many snapshots of paged lists are kept; a `continue` for an older one answers 410. */
const snapshotLimit = 64;

interface Snapshot {
  objects: readonly KubeObject[];
  revision: number;
}

interface Page {
  objects: KubeObject[];
  revision: number;
  continueToken: string;
  remaining: number | undefined;
}

/** Lists, in pages that all show the state at the first one's resourceVersion. */
export class Lister {
  readonly #store: ObjectStore;
  readonly #now: () => number;
  /** Keyed by revision and resource, oldest first. */
  readonly #snapshots = new Map<string, Snapshot>();

  constructor(store: ObjectStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  async serve(
    response: ServerResponse,
    definition: ResourceDefinition,
    namespace: string,
    query: URLSearchParams,
    presentation: Presentation,
  ): Promise<void> {
    const page = this.#page(definition, namespace, query);
    await streamJson(response, this.#encode(definition, page, query, presentation));
  }

  /** Everything that a collection's selectors choose, as deletecollection needs it. */
  select(definition: ResourceDefinition, namespace: string, query: URLSearchParams): KubeObject[] {
    const selector = parseSelectors(definition, query);
    const all = this.#store.list(definition.storage, namespace || undefined);
    return selector ? all.filter(selector) : [...all];
  }

  #page(definition: ResourceDefinition, namespace: string, query: URLSearchParams): Page {
    const selector = parseSelectors(definition, query);
    const limit = readLimit(query);
    const { snapshot, start } = this.#snapshot(definition, query);
    const objects: KubeObject[] = [];
    let last = '';
    let remaining = 0;
    for (const object of snapshot.objects) {
      if (namespace !== '' && object.metadata.namespace !== namespace) continue;
      const key = keyOf(object);
      if (start !== undefined && key <= start) continue;
      if (selector && !selector(object)) continue;
      if (limit > 0 && objects.length === limit) {
        remaining++;
        continue;
      }
      objects.push(object);
      last = key;
    }
    if (remaining === 0) return { objects, revision: snapshot.revision, continueToken: '', remaining: undefined };
    this.#keep(definition, snapshot);
    return {
      objects,
      revision: snapshot.revision,
      continueToken: encodeToken({ revision: snapshot.revision, start: last }),
      // Kubernetes counts what is left only where no selector thins it out.
      remaining: selector ? undefined : remaining,
    };
  }

  #snapshot(definition: ResourceDefinition, query: URLSearchParams): { snapshot: Snapshot; start: string | undefined } {
    const token = query.get('continue');
    if (token) {
      const { revision, start } = decodeToken(token);
      const snapshot = this.#snapshots.get(snapshotKey(definition, revision));
      if (!snapshot) throw continueExpired();
      return { snapshot, start };
    }
    const revision = readRevision(query.get('resourceVersion'));
    const exact = query.get('resourceVersionMatch') === 'Exact';
    if (revision > this.#store.revision) throw tooLargeRevision(revision, this.#store.revision);
    const current = { objects: this.#store.list(definition.storage), revision: this.#store.revision };
    if (!exact || revision === current.revision) return { snapshot: current, start: undefined };
    const kept = this.#snapshots.get(snapshotKey(definition, revision));
    if (!kept) {
      throw new StatusError(410, 'Expired', `The resourceVersion for the provided list is too old: ${revision}`, {});
    }
    return { snapshot: kept, start: undefined };
  }

  #keep(definition: ResourceDefinition, snapshot: Snapshot): void {
    const key = snapshotKey(definition, snapshot.revision);
    this.#snapshots.delete(key);
    this.#snapshots.set(key, snapshot);
    const oldest = this.#snapshots.keys().next();
    if (this.#snapshots.size > snapshotLimit && !oldest.done) this.#snapshots.delete(oldest.value);
  }

  *#encode(
    definition: ResourceDefinition,
    page: Page,
    query: URLSearchParams,
    presentation: Presentation,
  ): Generator<Buffer | string> {
    const metadata = {
      resourceVersion: String(page.revision),
      ...(page.continueToken ? { continue: page.continueToken } : {}),
      ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
    };
    const now = this.#now();
    const include = readIncludeObject(query);
    yield openList(definition, presentation, metadata);
    for (const [index, object] of page.objects.entries()) {
      if (index > 0) yield ',';
      switch (presentation.kind) {
        case 'object':
          yield encodeObject(definition, object);
          break;
        case 'metadata':
          yield JSON.stringify(metadataOnly(object, presentation.apiVersion));
          break;
        case 'table':
          yield JSON.stringify(tableRow(definition, object, include, now));
          break;
        default:
          presentation satisfies never;
      }
    }
    yield ']}\n';
  }
}

/** The list up to and including the bracket that opens its items or rows. */
function openList(
  definition: ResourceDefinition,
  presentation: Presentation,
  metadata: Record<string, unknown>,
): string {
  const open = (head: object, field: string) => `${JSON.stringify(head).slice(0, -1)},"${field}":[`;
  switch (presentation.kind) {
    case 'object':
      return open({ kind: `${definition.kind}List`, apiVersion: apiVersionOf(definition), metadata }, 'items');
    case 'metadata':
      return open({ kind: 'PartialObjectMetadataList', apiVersion: presentation.apiVersion, metadata }, 'items');
    case 'table':
      return open(tableHead(definition, presentation, metadata, 'with-headers'), 'rows');
    default:
      return presentation satisfies never;
  }
}

function keyOf({ metadata: { namespace = '', name } }: KubeObject): string {
  return `${namespace}/${name}`;
}

function snapshotKey({ storage }: ResourceDefinition, revision: number): string {
  return `${revision} ${storage}`;
}

function readLimit(query: URLSearchParams): number {
  const text = query.get('limit');
  if (!text) return 0;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 0) throw badRequest(`invalid limit: ${text}`);
  return limit;
}

/** @throws {StatusError} 400 for anything but a whole number */
export function readRevision(text: string | null): number {
  if (text === null || text === '') return 0;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw badRequest(`Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`);
}

function encodeToken(token: { revision: number; start: string }): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: token.revision, start: token.start })).toString(
    'base64url',
  );
}

function decodeToken(text: string): { revision: number; start: string } {
  try {
    const { rv, start } = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Record<string, unknown>;
    if (typeof rv === 'number' && typeof start === 'string') return { revision: rv, start };
  } catch (cause) {
    throw Object.assign(badRequest('continue key is not valid'), { cause });
  }
  throw badRequest('continue key is not valid');
}

function continueExpired(): StatusError {
  return new StatusError(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.',
    {},
  );
}

/** @see apiserver/pkg/storage/errors.go, NewTooLargeResourceVersionError (v1.33) */
function tooLargeRevision(requested: number, current: number): StatusError {
  const message = `Timeout: Too large resource version: ${requested}, current: ${current}`;
  return new StatusError(504, 'Timeout', message, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
