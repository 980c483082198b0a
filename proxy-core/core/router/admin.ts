import type { ControllerClient } from '../controller-client.ts';
import type { RunningCore } from '../running-core.ts';
import { contract } from './implementation.ts';

/** The administrators' half goes to the controller as it is; the controller decides who is an administrator. */
export function adminProcedures(core: RunningCore) {
  const asked = async <Output>(
    signal: AbortSignal | undefined,
    call: (admin: ControllerClient['admin'], options: { signal?: AbortSignal }) => Promise<Output>,
  ): Promise<Output> => call((await core.api(signal)).admin, signal ? { signal } : {});
  const { admin } = contract;
  return {
    apply: admin.apply.handler(({ input, signal }) => asked(signal, (api, options) => api.apply(input, options))),
    get: admin.get.handler(({ input, signal }) => asked(signal, (api, options) => api.get(input, options))),
    delete: admin.delete.handler(({ input, signal }) => asked(signal, (api, options) => api.delete(input, options))),
    clusters: {
      list: admin.clusters.list.handler(({ signal }) =>
        asked(signal, (api, options) => api.clusters.list(undefined, options)),
      ),
      import: admin.clusters.import.handler(({ input, signal }) =>
        asked(signal, (api, options) => api.clusters.import(input, options)),
      ),
      remove: admin.clusters.remove.handler(({ input, signal }) =>
        asked(signal, (api, options) => api.clusters.remove(input, options)),
      ),
    },
    revoke: admin.revoke.handler(({ input, signal }) => asked(signal, (api, options) => api.revoke(input, options))),
    restore: admin.restore.handler(({ input, signal }) => asked(signal, (api, options) => api.restore(input, options))),
    revocations: admin.revocations.handler(({ signal }) =>
      asked(signal, (api, options) => api.revocations(undefined, options)),
    ),
    sessions: admin.sessions.handler(({ input, signal }) =>
      asked(signal, (api, options) => api.sessions(input, options)),
    ),
    audit: admin.audit.handler(({ input, signal }) => asked(signal, (api, options) => api.audit(input, options))),
  };
}
