import { type ClientContext, type ClientLink, createORPCClient, mapEventIterator } from '@orpc/client';
import { RequestValidationPlugin, ResponseValidationPlugin } from '@orpc/contract/plugins';
import { appContract } from '../../proxy-core/contract/app.ts';
import type { Bridge } from './bridge.ts';
import { linkLost, rebuildError } from './rebuild-error.ts';

type Link = ClientLink<ClientContext>;

/** What every transport gives its `RPCLink`: both directions are checked against the contract. */
export const validation = () => [new RequestValidationPlugin(appContract), new ResponseValidationPlugin(appContract)];

/**
 * The client over whichever link is there at the moment of a call.
 *
 * @param currentLink undefined while there is none; calls then fail with `POSTERN_CORE_NOT_RUNNING`
 */
export function createBridge(currentLink: () => Link | undefined): Bridge {
  const link: Link = {
    async call(path, input, options) {
      const current = currentLink();
      if (!current) throw linkLost();
      const rebuild = (error: unknown) => (options.signal?.aborted ? error : rebuildError(error));
      try {
        const output = await current.call(path, input, options);
        if (!isEventIterator(output)) return output;
        return mapEventIterator(output, {
          value: async (value) => value,
          error: async (error) => rebuild(error),
        });
      } catch (error) {
        throw rebuild(error);
      }
    },
  };
  return createORPCClient<Bridge>(link);
}

function isEventIterator(output: unknown): output is AsyncIterator<unknown> {
  return typeof output === 'object' && output !== null && Symbol.asyncIterator in output && 'next' in output;
}
