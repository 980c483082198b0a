import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import { RequestValidationPlugin, ResponseValidationPlugin } from '@orpc/contract/plugins';
import type { MessagePortMain } from 'electron';
import { type AppContract, type AppState, appContract } from '../proxy-core/contract/app.ts';
import type { CoreHost } from './core-host.ts';

export type CoreClient = ContractRouterClient<AppContract>;

/**
 * The main process's own line to the core, as a window has one: it follows the state for the tray and makes the calls that
 * its menu offers. After a crash it goes on with the next core.
 */
export class ShellClient {
  readonly #host: Pick<CoreHost, 'connect'>;
  readonly #onState: (state: AppState | undefined) => void;
  #state: AppState | undefined;
  #client: CoreClient | undefined;
  #isClosed = false;

  /** @param onState told of each state, and undefined while there is no core */
  constructor(host: Pick<CoreHost, 'connect'>, onState: (state: AppState | undefined) => void) {
    this.#host = host;
    this.#onState = onState;
    host.connect(this.#take);
  }

  get state(): AppState | undefined {
    return this.#state;
  }

  /** Undefined while there is no core. */
  get client(): CoreClient | undefined {
    return this.#client;
  }

  close(): void {
    this.#isClosed = true;
  }

  readonly #take = (port: MessagePortMain): void => {
    const link = new RPCLink({
      port,
      plugins: [new RequestValidationPlugin(appContract), new ResponseValidationPlugin(appContract)],
    });
    const client = createORPCClient<CoreClient>(link);
    port.once('close', () => this.#lost(client));
    port.start();
    this.#client = client;
    this.#follow(client).catch(() => {
      // A cut has been heard of through `close` by now; what is left is a core that breaks the contract, as would its next answer.
      port.close();
      if (client === this.#client) this.#enter(undefined);
    });
  };

  async #follow(client: CoreClient): Promise<void> {
    for await (const event of await client.state.watch()) {
      if (client !== this.#client) return;
      if (event.kind === 'snapshot') this.#enter(event.state);
      else if (this.#state) this.#enter({ ...this.#state, ...event.changes });
    }
  }

  #lost(client: CoreClient): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    this.#enter(undefined);
    if (!this.#isClosed) this.#host.connect(this.#take);
  }

  #enter(state: AppState | undefined): void {
    this.#state = state;
    if (!this.#isClosed) this.#onState(state);
  }
}
