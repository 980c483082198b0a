import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KubeObject } from '../objects.ts';
import { apiVersionOf, type ResourceDefinition, type Verb } from '../resources/definition.ts';
import { methodNotAllowed, notFound, pathNotFound } from '../status.ts';
import type { UserInfo } from '../streaming-types.ts';
import type { AppliedConfigurations } from './applied-configurations.ts';
import { type Body, parseBody, readBody } from './body.ts';
import type { ApiContext, WriteOptions } from './context.ts';
import { readDeleteOptions } from './deletion.ts';
import { readDryRun } from './dry-run.ts';
import { present, readIncludeObject, respondJson } from './encoding.ts';
import { validateFields } from './field-validation.ts';
import type { Lister } from './list.ts';
import { checkPatchOptions, patched, readPatch } from './patching.ts';
import { presentationFor } from './presentation.ts';
import type { RequestInfo } from './request-info.ts';
import { serveWatch } from './watch.ts';
import { fromStored, toDraft, type UpdatePart } from './write.ts';

/** One authorised request for a resource or its status. */
export interface ResourceRequest {
  request: IncomingMessage;
  response: ServerResponse;
  info: RequestInfo;
  user: UserInfo;
  /** Where the object is stored: a request for the namespace `shop` is in `shop`, the namespace itself is in none. */
  namespace: string;
}

/** The verbs that every resource shares. */
export class ResourceHandler {
  readonly #context: ApiContext;
  readonly #lister: Lister;
  readonly #applied: AppliedConfigurations;

  constructor(context: ApiContext, lister: Lister, applied: AppliedConfigurations) {
    this.#context = context;
    this.#lister = lister;
    this.#applied = applied;
  }

  /** @throws {StatusError} */
  async serve(call: ResourceRequest, definition: ResourceDefinition, part: UpdatePart): Promise<void> {
    const { verb } = call.info;
    if (!verb || !definition.verbs.includes(verb as Verb)) throw methodNotAllowed();
    if (part === 'status' && !['get', 'update', 'patch'].includes(verb)) throw methodNotAllowed();
    switch (verb as Verb) {
      case 'get':
        return this.#get(call, definition);
      case 'list':
        return this.#list(call, definition);
      case 'watch':
        return this.#watch(call, definition);
      case 'create':
        return this.#create(call, definition);
      case 'update':
        return this.#update(call, definition, part);
      case 'patch':
        return this.#patch(call, definition, part);
      case 'delete':
        return this.#delete(call, definition);
      case 'deletecollection':
        return this.#deleteCollection(call, definition);
      default:
        throw methodNotAllowed();
    }
  }

  #get({ request, response, info, namespace }: ResourceRequest, definition: ResourceDefinition): void {
    const presentation = presentationFor(request.headers.accept);
    const object = this.#context.store.get(definition.storage, namespace, info.name);
    if (!object) throw notFound(definition, info.name);
    const include = readIncludeObject(info.query);
    respondJson(response, 200, present(definition, object, presentation, include, this.#context.clock.now()));
  }

  #list({ request, response, info, namespace }: ResourceRequest, definition: ResourceDefinition): Promise<void> {
    const presentation = presentationFor(request.headers.accept);
    return this.#lister.serve(response, definition, namespace, info.query, presentation);
  }

  #watch({ request, response, info, namespace }: ResourceRequest, definition: ResourceDefinition): Promise<void> {
    const presentation = presentationFor(request.headers.accept);
    return serveWatch(response, this.#context, definition, namespace, info.query, presentation);
  }

  async #create(call: ResourceRequest, definition: ResourceDefinition): Promise<void> {
    if (call.info.name !== '') throw methodNotAllowed();
    const draft = toDraft(parseBody(await readBody(call.request)));
    validateFields(this.#context.schemas, definition, draft, call.info.query, call.response);
    const created = this.#context.writer.create(definition, call.namespace, draft, writeOptions(call));
    this.#answer(call, definition, created, 201);
  }

  async #update(call: ResourceRequest, definition: ResourceDefinition, part: UpdatePart): Promise<void> {
    const draft = toDraft(parseBody(await readBody(call.request)));
    validateFields(this.#context.schemas, definition, draft, call.info.query, call.response);
    const { namespace } = call;
    const { name } = call.info;
    const options = { ...writeOptions(call), part };
    this.#answer(
      call,
      definition,
      this.#context.writer.update(definition, namespace, name, () => draft, options),
      200,
    );
  }

  async #patch(call: ResourceRequest, definition: ResourceDefinition, part: UpdatePart): Promise<void> {
    const body = await readBody(call.request);
    if (body.mediaType === 'application/apply-patch+yaml') return this.#apply(call, definition, part, body);
    const patch = readPatch(body);
    const { namespace } = call;
    const { name, query } = call.info;
    checkPatchOptions(patch.kind, query);
    const edit = (current: KubeObject) => {
      const draft = patched(current, patch);
      validateFields(this.#context.schemas, definition, draft, query, call.response);
      return draft;
    };
    const options = { ...writeOptions(call), part };
    this.#answer(call, definition, this.#context.writer.update(definition, namespace, name, edit, options), 200);
  }

  #apply(call: ResourceRequest, definition: ResourceDefinition, part: UpdatePart, body: Body): void {
    const patch = readPatch(body);
    const { namespace } = call;
    const { name, query } = call.info;
    checkPatchOptions('apply', query);
    const { store, writer } = this.#context;
    const manager = `${part}/${query.get('fieldManager') ?? ''}`;
    const configuration = structuredClone(patch.body);
    const options = writeOptions(call);
    const current = store.get(definition.storage, namespace, name);
    let result: KubeObject;
    if (current) {
      const before = this.#applied.last(current.metadata.uid, manager);
      const edit = (shown: KubeObject) => {
        const draft = patched(shown, patch, before);
        validateFields(this.#context.schemas, definition, draft, query, call.response);
        return draft;
      };
      result = writer.update(definition, namespace, name, edit, { ...options, part });
    } else {
      if (part === 'status') throw notFound(definition, name);
      const draft = toDraft(structuredClone(patch.body));
      draft.metadata.name ??= name;
      validateFields(this.#context.schemas, definition, draft, query, call.response);
      result = writer.create(definition, namespace, draft, options);
    }
    if (!options.dryRun) this.#applied.remember(result.metadata.uid, manager, configuration);
    this.#answer(call, definition, result, current ? 200 : 201);
  }

  async #delete(call: ResourceRequest, definition: ResourceDefinition): Promise<void> {
    const { namespace } = call;
    const { name, query } = call.info;
    const options = readDeleteOptions(parseBody(await readBody(call.request)), query);
    const outcome = this.#context.deletion.delete(definition, namespace, name, options);
    if (outcome.kind === 'marked') {
      this.#answer(call, definition, outcome.object, 200);
      return;
    }
    respondJson(call.response, 200, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: {
        name,
        ...(definition.group ? { group: definition.group } : {}),
        kind: definition.resource,
        uid: outcome.object.metadata.uid,
      },
    });
  }

  async #deleteCollection(call: ResourceRequest, definition: ResourceDefinition): Promise<void> {
    const { namespace } = call;
    const { query } = call.info;
    const options = readDeleteOptions(parseBody(await readBody(call.request)), query);
    const { deletion, store } = this.#context;
    const chosen = this.#lister.select(definition, namespace, query);
    for (const { metadata } of chosen) deletion.delete(definition, metadata.namespace ?? '', metadata.name, options);
    respondJson(call.response, 200, {
      kind: `${definition.kind}List`,
      apiVersion: apiVersionOf(definition),
      metadata: { resourceVersion: String(store.revision) },
      items: chosen.map((object) => fromStored(definition, object)),
    });
  }

  #answer(call: ResourceRequest, definition: ResourceDefinition, stored: KubeObject, code: number): void {
    const presentation = presentationFor(call.request.headers.accept);
    const include = readIncludeObject(call.info.query);
    respondJson(call.response, code, present(definition, stored, presentation, include, this.#context.clock.now()));
  }
}

/** @throws {StatusError} 422 */
export function writeOptions({ user, info }: Pick<ResourceRequest, 'user' | 'info'>): WriteOptions {
  const kind = info.verb === 'create' ? 'CreateOptions' : info.verb === 'update' ? 'UpdateOptions' : 'PatchOptions';
  return { user, dryRun: readDryRun(kind, info.query.getAll('dryRun')) };
}

/** Where a request for this resource may not be namespaced, or must be. @throws {StatusError} 404, 405 */
export function checkScope(definition: { namespaced: boolean; resource: string }, info: RequestInfo): void {
  if (!definition.namespaced && info.namespace !== '' && definition.resource !== 'namespaces') throw pathNotFound();
  const everywhere = ['list', 'watch'].includes(info.verb);
  if (definition.namespaced && info.namespace === '' && !everywhere) throw methodNotAllowed();
}
