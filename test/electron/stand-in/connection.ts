import type { FromApp, ToApp } from './messages.ts';
import { PortBridge } from './ports.ts';

/** The app's line to its launcher. */
type Listener<Kind extends ToApp['kind']> = (message: Extract<ToApp, { kind: Kind }>) => void;

const listeners = new Map<string, (message: ToApp) => void>();
const calls = new Map<number, { resolve(): void; reject(error: Error): void }>();
let lastCall = 0;

export const pagePorts = new PortBridge(tell);

export function tell(message: FromApp): void {
  if (process.connected) process.send?.(message);
}

/** Resolves once the launcher has done it. */
export function call(make: (call: number) => FromApp): Promise<void> {
  return new Promise((resolve, reject) => {
    const id = ++lastCall;
    calls.set(id, { resolve, reject });
    tell(make(id));
  });
}

export function hear<Kind extends ToApp['kind']>(kind: Kind, listener: Listener<Kind>): void {
  listeners.set(kind, listener as (message: ToApp) => void);
}

process.on('message', (message: ToApp) => {
  if (message.kind === 'port-message' || message.kind === 'port-closed') pagePorts.receive(message);
  else if (message.kind === 'result') {
    const waiting = calls.get(message.call);
    calls.delete(message.call);
    if (message.error === null) waiting?.resolve();
    else waiting?.reject(new Error(message.error));
  } else listeners.get(message.kind)?.(message);
});
