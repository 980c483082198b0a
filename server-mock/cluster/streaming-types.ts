import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from './clock.ts';
import type { Pod } from './objects.ts';
import type { ObjectStore } from './store.ts';
import type { Containers } from './streaming/container/containers.ts';

/** Who asks, as authentication found it. */
export interface UserInfo {
  name: string;
  uid?: string;
  groups: readonly string[];
  extra?: Readonly<Record<string, readonly string[]>>;
}

/**
 * The pod that a streaming request is for. The API server has authenticated and authorised the request and found the
 * pod; `container` is the query's `container`, not checked against the pod. `pod` is a snapshot: read the store for
 * its present state.
 */
export interface StreamingTarget {
  namespace: string;
  pod: Pod;
  container: string | undefined;
  query: URLSearchParams;
  user: UserInfo;
}

/**
 * Serves the subresources of pods that are streams. An upgrade arrives with its raw socket, before any answer was
 * written on it: the handler writes `101 Switching Protocols`, or refuses with {@link refuseUpgrade} of `status.ts`.
 * A handler that rejects is answered with a Status 500, or cut off where an answer has begun.
 */
export interface StreamingHandlers {
  /** `GET …/pods/NAME/log` */
  log(request: IncomingMessage, response: ServerResponse, target: StreamingTarget): void | Promise<void>;
  /** `GET` (WebSocket) or `POST` (SPDY) `…/pods/NAME/exec` with an upgrade */
  exec(request: IncomingMessage, socket: Duplex, head: Buffer, target: StreamingTarget): void | Promise<void>;
  /** `GET` or `POST` `…/pods/NAME/attach` with an upgrade */
  attach(request: IncomingMessage, socket: Duplex, head: Buffer, target: StreamingTarget): void | Promise<void>;
  /** `GET` or `POST` `…/pods/NAME/portforward` with an upgrade */
  portForward(request: IncomingMessage, socket: Duplex, head: Buffer, target: StreamingTarget): void | Promise<void>;
  /** Ends every stream still open. */
  close(): void | Promise<void>;
}

/** What `streaming/index.ts` exports as `createStreamingHandlers(deps: StreamingDeps): StreamingHandlers`. */
export interface StreamingDeps {
  store: ObjectStore;
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  /** The cluster's running containers, one `new Containers({ store, clock })` shared by streaming and workload. */
  containers: Containers;
}

/**
 * The workload is the emulated cluster's kubelet. It adopts the pods that are `Running` when it starts, and starts
 * each pod that is `Pending` with a `spec.nodeName` (the scheduler sets that). It never creates or removes pods:
 * controllers do, and a pod that is marked for deletion is removed by the API server about a second later.
 *
 * What `workload/index.ts` exports as `startWorkload(deps: WorkloadDeps): { close(): void }`. */
export interface WorkloadDeps {
  store: ObjectStore;
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  /** The cluster's running containers, one `new Containers({ store, clock })` shared by streaming and workload. */
  containers: Containers;
}
