import type { KubeObject, Pod } from '../objects.ts';
import type { Draft, ResourceDefinition } from '../resources/definition.ts';
import { badRequest, methodNotAllowed, notFound, pathNotFound } from '../status.ts';
import type { StreamingTarget } from '../streaming-types.ts';
import { parseBody, readBody } from './body.ts';
import type { ApiContext } from './context.ts';
import { readDeleteOptions } from './deletion.ts';
import { respondJson } from './encoding.ts';
import { patched, readPatch } from './patching.ts';
import { type ResourceHandler, type ResourceRequest, writeOptions } from './resource-handler.ts';
import { applyScale, scaleOf } from './scale.ts';
import { requestToken } from './token-request.ts';
import { toDraft } from './write.ts';

/** The pods' subresources that need an upgraded connection. */
export const upgradedSubresources = ['exec', 'attach', 'portforward'] as const;
export type UpgradedSubresource = (typeof upgradedSubresources)[number];

/** Subresources: status and scale of many, and those of pods, service accounts and namespaces. */
export class SubresourceHandler {
  readonly #context: ApiContext;
  readonly #resources: ResourceHandler;

  constructor(context: ApiContext, resources: ResourceHandler) {
    this.#context = context;
    this.#resources = resources;
  }

  /** @throws {StatusError} */
  async serve(call: ResourceRequest, definition: ResourceDefinition): Promise<void> {
    const { subresource } = call.info;
    if (subresource === 'status' && definition.subresources.includes('status')) {
      return this.#resources.serve(call, definition, 'status');
    }
    if (subresource === 'scale' && definition.subresources.includes('scale')) return this.#scale(call, definition);
    if (definition.group !== '') throw pathNotFound();
    switch (`${definition.resource}/${subresource}`) {
      case 'pods/log':
        return this.#log(call);
      case 'pods/exec':
      case 'pods/attach':
      case 'pods/portforward':
        if (!['GET', 'POST'].includes(call.request.method ?? '')) throw methodNotAllowed();
        findPod(this.#context, call.info.namespace, call.info.name);
        throw badRequest('Upgrade request required');
      case 'pods/eviction':
        return this.#evict(call, definition);
      case 'serviceaccounts/token':
        return this.#token(call);
      case 'namespaces/finalize':
        return this.#finalize(call, definition);
      default:
        throw pathNotFound();
    }
  }

  async #log(call: ResourceRequest): Promise<void> {
    if (call.info.verb !== 'get') throw methodNotAllowed();
    await this.#context.streaming.log(call.request, call.response, streamingTarget(this.#context, call));
  }

  async #scale(call: ResourceRequest, definition: ResourceDefinition): Promise<void> {
    const { namespace } = call;
    const { name, verb } = call.info;
    const { store, writer } = this.#context;
    const current = store.get(definition.storage, namespace, name);
    if (!current) throw notFound(definition, name);
    let edit: (object: KubeObject) => Draft;
    switch (verb) {
      case 'get':
        respondJson(call.response, 200, scaleOf(current));
        return;
      case 'update': {
        const scale = parseBody(await readBody(call.request));
        edit = (object) => applyScale(object, scale);
        break;
      }
      case 'patch': {
        const patch = readPatch(await readBody(call.request));
        edit = (object) => applyScale(object, patched(scaleOf(object), patch));
        break;
      }
      default:
        throw methodNotAllowed();
    }
    const updated = writer.update(definition, namespace, name, edit, { ...writeOptions(call), part: 'main' });
    respondJson(call.response, 200, scaleOf(updated));
  }

  async #evict(call: ResourceRequest, definition: ResourceDefinition): Promise<void> {
    if (call.info.verb !== 'create') throw methodNotAllowed();
    const body = toDraft(parseBody(await readBody(call.request)) ?? {});
    const options = readDeleteOptions(body.deleteOptions, call.info.query);
    this.#context.deletion.delete(definition, call.info.namespace, call.info.name, options);
    respondJson(call.response, 201, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      code: 201,
    });
  }

  async #token(call: ResourceRequest): Promise<void> {
    if (call.info.verb !== 'create') throw methodNotAllowed();
    const body = parseBody(await readBody(call.request));
    const { store, tokens } = this.#context;
    respondJson(call.response, 201, await requestToken(store, tokens, call.info.namespace, call.info.name, body));
  }

  async #finalize(call: ResourceRequest, definition: ResourceDefinition): Promise<void> {
    if (call.info.verb !== 'update') throw methodNotAllowed();
    const draft = toDraft(parseBody(await readBody(call.request)));
    const edit = (current: KubeObject): Draft => {
      const next = structuredClone(current) as unknown as Draft;
      next.spec = draft.spec ?? {};
      return next;
    };
    const { name } = call.info;
    const updated = this.#context.writer.update(definition, '', name, edit, { ...writeOptions(call), part: 'main' });
    respondJson(call.response, 200, updated);
  }
}

/** @throws {StatusError} 404 */
export function findPod({ store }: Pick<ApiContext, 'store'>, namespace: string, name: string): Pod {
  const pod = store.get<Pod>('pods', namespace, name);
  if (!pod) throw notFound({ resource: 'pods', group: '' }, name);
  return pod;
}

/** @throws {StatusError} 404 */
export function streamingTarget(
  context: Pick<ApiContext, 'store'>,
  { info, user }: Pick<ResourceRequest, 'info' | 'user'>,
): StreamingTarget {
  const pod = findPod(context, info.namespace, info.name);
  return {
    namespace: info.namespace,
    pod,
    container: info.query.get('container') || undefined,
    query: info.query,
    user,
  };
}
