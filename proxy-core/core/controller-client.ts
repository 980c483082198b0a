import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import { ResponseValidationPlugin } from '@orpc/contract/plugins';
import { OpenAPILink } from '@orpc/openapi-client/fetch';
import { type ControllerContract, controllerContract } from '../contract/controller.ts';
import { fromOrpcError, translating } from './wire-errors.ts';

export type ControllerClient = ContractRouterClient<ControllerContract>;

/**
 * The controller's API, over whatever `fetch` reaches it: the tunnel once signed in, HTTPS before. Answers are checked
 * against the contract; errors come as `PosternError` with the controller's own code.
 */
export function controllerClient(fetch: typeof globalThis.fetch, origin: string): ControllerClient {
  const link = new OpenAPILink(controllerContract, {
    url: origin,
    fetch: (request, init) => fetch(request, init),
    plugins: [new ResponseValidationPlugin(controllerContract)],
    interceptors: [
      (options) =>
        translating(
          () => options.next(),
          (error) => (options.signal?.aborted && error instanceof Error ? error : fromOrpcError(error)),
        ),
    ],
  });
  return createORPCClient<ControllerClient>(link);
}
