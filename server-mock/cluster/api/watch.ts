import type { ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import type { KubeObject } from '../objects.ts';
import { apiVersionOf, type ResourceDefinition } from '../resources/definition.ts';
import { expired, type StatusError } from '../status.ts';
import { type ObjectStore, StoreError, type StoreEvent } from '../store.ts';
import {
  drained,
  encodeObject,
  type IncludeObject,
  metadataOnly,
  noStore,
  readIncludeObject,
  tableHead,
  tableRow,
} from './encoding.ts';
import { readRevision } from './list.ts';
import type { Presentation } from './presentation.ts';
import { isTrue } from './request-info.ts';
import { parseSelectors, type Selector } from './selectors.ts';

/** How many bytes may wait for a reader that does not keep up before its watch is cut; it then lists anew. */
const backlogLimitBytes = 16 * 1024 * 1024;
const bookmarkEveryMs = 60_000;
/** Where a client sets no timeout, a watch ends after 30 to 60 minutes, as in kube-apiserver. */
const minimumTimeoutMs = 30 * 60_000;

export interface WatchSource {
  store: ObjectStore;
  clock: Clock;
  random: () => number;
  closing: AbortSignal;
}

/**
 * Serves a watch: JSON lines until the client leaves, the time is up or the server closes.
 *
 * @see apiserver/pkg/endpoints/handlers/watch.go (v1.33)
 */
export async function serveWatch(
  response: ServerResponse,
  source: WatchSource,
  definition: ResourceDefinition,
  namespace: string,
  query: URLSearchParams,
  presentation: Presentation,
): Promise<void> {
  const selector = parseSelectors(definition, query);
  const requested = readRevision(query.get('resourceVersion'));
  const lines = new WatchLines(definition, presentation, readIncludeObject(query), () => source.clock.now());
  response.writeHead(200, { 'content-type': 'application/json', ...noStore });
  response.flushHeaders();
  const watch = new OpenWatch(response, source, definition, namespace, selector, lines);
  const sendInitialEvents = isTrue(query.get('sendInitialEvents'));
  if (requested > source.store.revision) {
    // From an earlier life of this cluster, whose history is gone: the client has to list anew.
    watch.fail(expired(`too old resource version: ${requested} (${source.store.revision})`));
    return;
  }
  const since = requested === 0 || sendInitialEvents ? await watch.sendCurrentState(sendInitialEvents) : requested;
  watch.follow(since, {
    bookmarks: isTrue(query.get('allowWatchBookmarks')),
    timeoutMs: readTimeout(query, source.random),
  });
}

function readTimeout(query: URLSearchParams, random: () => number): number {
  const seconds = Number(query.get('timeoutSeconds') ?? 0);
  return seconds > 0 ? seconds * 1000 : minimumTimeoutMs * (1 + random());
}

/** Turns events into the lines of a watch. */
class WatchLines {
  readonly #definition: ResourceDefinition;
  readonly #presentation: Presentation;
  readonly #include: IncludeObject;
  readonly #now: () => number;
  #headersSent = false;

  constructor(definition: ResourceDefinition, presentation: Presentation, include: IncludeObject, now: () => number) {
    this.#definition = definition;
    this.#presentation = presentation;
    this.#include = include;
    this.#now = now;
  }

  event(type: StoreEvent['type'], object: KubeObject): Buffer {
    return line(type, this.#object(object));
  }

  bookmark(revision: number, annotations?: Record<string, string>): Buffer {
    const metadata = {
      resourceVersion: String(revision),
      creationTimestamp: null,
      ...(annotations ? { annotations } : {}),
    };
    const { kind } = this.#definition;
    const object =
      this.#presentation.kind === 'table'
        ? { ...tableHead(this.#definition, this.#presentation, metadata, 'without-headers'), rows: [] }
        : this.#presentation.kind === 'metadata'
          ? { kind: 'PartialObjectMetadata', apiVersion: this.#presentation.apiVersion, metadata }
          : { kind, apiVersion: apiVersionOf(this.#definition), metadata };
    return line('BOOKMARK', Buffer.from(JSON.stringify(object)));
  }

  error(error: StatusError): Buffer {
    return line('ERROR', Buffer.from(JSON.stringify(error.status)));
  }

  #object(object: KubeObject): Buffer {
    switch (this.#presentation.kind) {
      case 'object':
        return encodeObject(this.#definition, object);
      case 'metadata':
        return Buffer.from(JSON.stringify(metadataOnly(object, this.#presentation.apiVersion)));
      case 'table': {
        // Later tables leave the headings out, as the real server's do.
        const headers = this.#headersSent ? 'without-headers' : 'with-headers';
        this.#headersSent = true;
        const metadata = { resourceVersion: object.metadata.resourceVersion };
        const head = tableHead(this.#definition, this.#presentation, metadata, headers);
        const rows = [tableRow(this.#definition, object, this.#include, this.#now())];
        return Buffer.from(JSON.stringify({ ...head, rows }));
      }
      default:
        return this.#presentation satisfies never;
    }
  }
}

function line(type: string, object: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), object, Buffer.from('}\n')]);
}

class OpenWatch {
  readonly #response: ServerResponse;
  readonly #source: WatchSource;
  readonly #definition: ResourceDefinition;
  readonly #namespace: string;
  readonly #selector: Selector | undefined;
  readonly #lines: WatchLines;
  readonly #undo: (() => void)[] = [];

  constructor(
    response: ServerResponse,
    source: WatchSource,
    definition: ResourceDefinition,
    namespace: string,
    selector: Selector | undefined,
    lines: WatchLines,
  ) {
    this.#response = response;
    this.#source = source;
    this.#definition = definition;
    this.#namespace = namespace;
    this.#selector = selector;
    this.#lines = lines;
  }

  /** Sends what exists as ADDED events. @returns the revision they show */
  async sendCurrentState(announceEnd: boolean): Promise<number> {
    const { store } = this.#source;
    const { revision } = store;
    for (const object of store.list(this.#definition.storage, this.#namespace || undefined)) {
      if (this.#selector && !this.#selector(object)) continue;
      this.#response.write(this.#lines.event('ADDED', object));
      await drained(this.#response);
      if (this.#response.destroyed) return revision;
    }
    if (announceEnd) {
      this.#response.write(this.#lines.bookmark(revision, { 'k8s.io/initial-events-end': 'true' }));
    }
    return revision;
  }

  follow(since: number, { bookmarks, timeoutMs }: { bookmarks: boolean; timeoutMs: number }): void {
    if (this.#response.destroyed) return;
    const { store, clock, closing } = this.#source;
    this.#response.on('close', () => this.#release());
    try {
      this.#undo.push(store.watch(this.#definition.storage, (event) => this.#onEvent(event), { since }));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.fail(expired(error.message));
      return;
    }
    this.#undo.push(clock.after(timeoutMs, () => this.#finish(bookmarks)));
    if (bookmarks) this.#bookmarkLater();
    const finish = () => this.#finish(bookmarks);
    closing.addEventListener('abort', finish);
    this.#undo.push(() => closing.removeEventListener('abort', finish));
    if (closing.aborted) finish();
  }

  fail(error: StatusError): void {
    this.#release();
    this.#response.end(this.#lines.error(error));
  }

  #bookmarkLater(): void {
    let cancel = () => {};
    const again = () => {
      this.#response.write(this.#lines.bookmark(this.#source.store.revision));
      cancel = this.#source.clock.after(bookmarkEveryMs, again);
    };
    cancel = this.#source.clock.after(bookmarkEveryMs, again);
    this.#undo.push(() => cancel());
  }

  #finish(bookmarks: boolean): void {
    this.#release();
    if (bookmarks) this.#response.write(this.#lines.bookmark(this.#source.store.revision));
    this.#response.end();
  }

  #release(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }

  #onEvent(event: StoreEvent): void {
    const { object, previous } = event;
    if (this.#namespace !== '' && object.metadata.namespace !== this.#namespace) return;
    const type = this.#shownType(event, object, previous);
    if (type === undefined) return;
    if (this.#response.writableLength > backlogLimitBytes) {
      this.#release();
      this.#response.destroy();
      return;
    }
    this.#response.write(this.#lines.event(type, object));
  }

  /** A selector turns changes into arrivals and departures. */
  #shownType(event: StoreEvent, object: KubeObject, previous: KubeObject | undefined): StoreEvent['type'] | undefined {
    if (!this.#selector) return event.type;
    const before = previous !== undefined && this.#selector(previous);
    const after = event.type !== 'DELETED' && this.#selector(object);
    if (after) return before ? 'MODIFIED' : 'ADDED';
    return before ? 'DELETED' : undefined;
  }
}
