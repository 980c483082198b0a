import { contract } from './implementation.ts';

export interface Host {
  interfaceUrl(): string;
  /** Begins the end; the answer still goes out. */
  stop(): void;
}

export function hostProcedures(host: Host) {
  return {
    interfaceUrl: contract.host.interfaceUrl.handler(() => ({ url: host.interfaceUrl() })),
    stop: contract.host.stop.handler(() => {
      host.stop();
      return {};
    }),
  };
}
