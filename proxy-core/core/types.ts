import type { AppState } from '../contract/app.ts';
import type { WireError } from '../contract/errors.ts';
import type { SecretStore } from '../identity/index.ts';
import type { StateFolder } from '../state-folder/index.ts';
import type { Clock, Logger, Random } from './surroundings.ts';

/** What a core is started with. Everything has a sensible default. */
export interface CoreOptions {
  /** Where all state lies. One core at a time runs on it. Default: by `POSTERN_HOME` and the operating system. */
  folder?: StateFolder;
  /** `https://HOST:PORT#ca=sha256:…`. Default: the one in the settings, if any. */
  controllerUrl?: string;
  /** Opens the system browser; the desktop shell passes its own. Only ever called on the user's own click. */
  openBrowser?: (url: string) => Promise<void>;
  /** Where the built interface lies. Default: `.out/renderer` of this checkout. */
  interfaceFolder?: string;
  /** Default: the OS keychain, else memory. */
  secretStore?: SecretStore;
  /** Gives up a start that still waits for the controller or the keychain; nothing is left running. Later it does nothing. */
  signal?: AbortSignal;
  clock?: Clock;
  random?: Random;
  logger?: Logger;
}

/** A running core: identity, tunnel, local proxy, kubeconfig, session log and terminals, behind the app contract. */
export interface Core {
  readonly state: AppState;
  /** Where the command line and the browser reach it: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Serves the app contract on one end of a MessagePort (a window of the desktop app). */
  serveMessagePort(port: MessagePortLike): void;
  /** A single-use address that opens the interface in a browser on this machine. */
  interfaceUrl(): string;
  /** The machine woke up or its network changed: reconnect now rather than at the next attempt. */
  networkChanged(): void;
  /** Resolves once the core has ended, for whatever reason. */
  readonly stopped: Promise<void>;
  /** Ordered and idempotent. The sign-in stays in the keychain; the kubeconfig stays for the next start. */
  close(): Promise<void>;
}

/** What Node's `MessagePort` and Electron's `MessagePortMain` have in common. */
export interface MessagePortLike {
  postMessage(message: unknown): void;
  on(event: string, listener: (message?: unknown) => void): unknown;
  start(): void;
  close(): void;
}

/**
 * What the desktop shell's main process says to the core's utility process (`core-process.ts`). A `window` message carries
 * one MessagePort: the other end belongs to a window, or to the main process itself for its tray.
 */
export type CoreProcessRequest =
  | { kind: 'start'; controllerUrl?: string; interfaceFolder?: string }
  | { kind: 'window' }
  | { kind: 'network-changed' }
  | { kind: 'browser-opened'; id: number; problem: string | null }
  | { kind: 'stop' };

/** And what it answers. `open-browser` is answered by `browser-opened` with the same id. */
export type CoreProcessEvent =
  | { kind: 'ready'; url: string; kubeconfig: string; proxy: string | null; signedIn: boolean }
  | { kind: 'failed'; error: WireError }
  | { kind: 'open-browser'; id: number; url: string }
  | { kind: 'stopped' };
