import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import type { BridgeConnection } from '../../bridge/bridge.ts';
import { follow } from '../../bridge/follow.ts';
import { rebuildError } from '../../bridge/rebuild-error.ts';
import { copyText } from '../../elements/copy-text.ts';
import { monospace } from '../../theme/theme.ts';
import { createTerminalInput } from './terminal-input.ts';
import { terminalKey } from './terminal-keys.ts';

const scrollbackLines = 10_000;
const resizePauseMs = 60;
/** The core holds the shell up at 256 KiB not confirmed. */
const confirmEvery = 32 * 1024;

export interface TerminalViewOptions {
  element: HTMLElement;
  connection: BridgeConnection;
  id: string;
  label: string;
  fontSize: number;
  /** Opened in this window just now: the first output is live, so the shell's questions about the terminal are answered. */
  fresh: boolean;
  onError: (error: unknown) => void;
}

export interface TerminalView {
  terminal: Terminal;
  search: SearchAddon;
  fit(): void;
  close(): void;
}

/** An xterm joined to one of the core's terminals, over every loss of the link. */
export function openTerminalView(options: TerminalViewOptions): TerminalView {
  const { element, connection, id, onError } = options;
  const { bridge } = connection;
  const terminal = new Terminal({
    fontFamily: monospace,
    fontSize: options.fontSize,
    lineHeight: 1.25,
    cursorBlink: true,
    scrollback: scrollbackLines,
    screenReaderMode: true,
    macOptionIsMeta: true,
  });
  const fitting = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fitting);
  terminal.loadAddon(search);
  terminal.loadAddon(new WebLinksAddon((_event, uri) => window.open(uri, '_blank', 'noopener,noreferrer')));
  terminal.open(element);
  terminal.textarea?.setAttribute('aria-label', options.label);
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.key === 'F6') return false;
    const key = terminalKey(event);
    if (key === 'copy' && event.type === 'keydown') {
      event.preventDefault();
      void copyText(terminal.getSelection());
    }
    // A paste is left to the browser, which hands the text to xterm.
    return key === null;
  });

  /** Kept scrollback holds questions that the shell asked long ago; answering them anew would type into it. */
  let replaying = false;
  const type = createTerminalInput((data) => bridge.terminals.write({ id, data }), onError);
  terminal.onData((data) => {
    if (!replaying) type(data);
  });

  let resizing: ReturnType<typeof setTimeout> | undefined;
  terminal.onResize(({ cols, rows }) => {
    clearTimeout(resizing);
    resizing = setTimeout(
      () => void bridge.terminals.resize({ id, columns: cols, rows }).catch(onError),
      resizePauseMs,
    );
  });

  let attachments = 0;
  let attachment = '';
  let outputs = 0;
  /** Drawn and not confirmed yet; what is left over goes with the next confirmation. */
  let unconfirmed = 0;
  function drawn(length: number): void {
    unconfirmed += length;
    if (unconfirmed < confirmEvery) return;
    void bridge.terminals.acknowledge({ id, attachment, length: unconfirmed }).catch(onError);
    unconfirmed = 0;
  }
  const detach = follow(
    connection,
    (signal) => {
      if (attachments > 0) terminal.reset();
      attachments += 1;
      attachment = `${Date.now().toString(36)}-${attachments}-${Math.random().toString(36).slice(2)}`;
      outputs = 0;
      unconfirmed = 0;
      return bridge.terminals.attach({ id, attachment }, { signal });
    },
    (event) => {
      if (event.kind === 'exit') {
        terminal.options.cursorBlink = false;
        detach();
        return;
      }
      outputs += 1;
      const live = outputs > 1 || (options.fresh && attachments === 1);
      replaying = !live;
      return new Promise<void>((resolve) => {
        terminal.write(event.data, () => {
          replaying = false;
          drawn(event.data.length);
          resolve();
        });
      });
    },
    (error) => {
      const { code } = rebuildError(error);
      if (code === 'POSTERN_TERMINAL_UNKNOWN') detach();
      else onError(error);
    },
  );

  function fit(): void {
    if (element.clientWidth > 0 && element.clientHeight > 0) fitting.fit();
  }
  const observer = new ResizeObserver(fit);
  observer.observe(element);

  return {
    terminal,
    search,
    fit,
    close() {
      observer.disconnect();
      clearTimeout(resizing);
      detach();
      terminal.dispose();
    },
  };
}
