import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../clock.ts';
import type { Pod } from '../../objects.ts';
import { notFound, refuseUpgrade, respondWithError } from '../../status.ts';
import { ObjectStore } from '../../store.ts';
import type { StreamingHandlers, StreamingTarget } from '../../streaming-types.ts';
import { Containers, createStreamingHandlers } from '../index.ts';

/** Just enough of an API server for kubectl to stream with the pods of a store: discovery, GET of a pod, subresources. */
export async function servePods(pods: readonly Pod[]) {
  const store = new ObjectStore(systemClock);
  const stored = pods.map((pod) => store.create<Pod>('pods', pod));
  const containers = new Containers({ store, clock: systemClock });
  const handlers = createStreamingHandlers({ store, clock: systemClock, random: Math.random, containers });

  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const known = discovery[path];
    const { target, subresource } = route(request, store);
    if (known) return void response.setHeader('content-type', 'application/json').end(JSON.stringify(known));
    if (!target) return respondWithError(response, notFound({ resource: 'pods', group: '' }, path));
    if (subresource === undefined) {
      return void response.setHeader('content-type', 'application/json').end(JSON.stringify(target.pod));
    }
    Promise.resolve(handlers.log(request, response, target)).catch((error) => respondWithError(response, error));
  });
  server.on('upgrade', (request, socket, head) => {
    const { target, subresource } = route(request, store);
    const handler = handlerOf(handlers, subresource);
    if (!target || !handler) return refuseUpgrade(socket, notFound({ resource: 'pods', group: '' }, 'unknown'));
    Promise.resolve(handler(request, socket, head, target)).catch((error) => refuseUpgrade(socket, error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    store,
    containers,
    pods: stored,
    async close() {
      handlers.close();
      containers.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function route(request: IncomingMessage, store: ObjectStore): { target?: StreamingTarget; subresource?: string } {
  const url = new URL(request.url ?? '/', 'http://cluster');
  const [, namespace = '', name = '', subresource] =
    /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)(?:\/(\w+))?$/.exec(url.pathname) ?? [];
  const pod = store.get<Pod>('pods', namespace, name);
  if (!pod) return {};
  const container = url.searchParams.get('container') ?? undefined;
  const user = { name: 'test', groups: [] };
  return { target: { namespace, pod, container, query: url.searchParams, user }, subresource };
}

function handlerOf(handlers: StreamingHandlers, subresource: string | undefined) {
  switch (subresource) {
    case 'exec':
      return handlers.exec;
    case 'attach':
      return handlers.attach;
    case 'portforward':
      return handlers.portForward;
    default:
      return undefined;
  }
}

const discovery: Record<string, object> = {
  '/api': { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [
      { name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', shortNames: ['po'], verbs: ['get'] },
    ],
  },
};
