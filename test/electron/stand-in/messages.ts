import type { PortMessage } from './ports.ts';

export interface MenuLine {
  label: string;
  isSeparator: boolean;
  entries: MenuLine[];
}

/** What the app's process says to the launcher, which has the browser. A `call` is answered by a `result`. */
export type FromApp =
  | PortMessage
  | { kind: 'create-window'; window: number; preload: string; clipboard: boolean }
  | { kind: 'load'; window: number; url: string; call: number }
  | { kind: 'reload'; window: number }
  | { kind: 'close-window'; window: number }
  | { kind: 'to-page'; window: number; channel: string; data: unknown; ports: number[] }
  | { kind: 'protocol-response'; request: number; status: number; headers: [string, string][]; body: Uint8Array }
  | { kind: 'open-external'; url: string; call: number }
  | { kind: 'tray'; entries: MenuLine[] };

/** And what it hears. */
export type ToApp =
  | PortMessage
  | { kind: 'result'; call: number; error: string | null }
  | { kind: 'protocol-request'; request: number; method: string; url: string }
  | { kind: 'from-page'; window: number; channel: string; data: unknown[]; url: string }
  | { kind: 'navigate'; window: number; url: string; isMainFrame: boolean }
  | { kind: 'open-window'; window: number; url: string }
  | { kind: 'click-tray'; label: string }
  | { kind: 'quit' };
