import type { BridgeConnection } from './bridge.ts';

const pauseMs = 500;

/**
 * Keeps one event iterator of the core open for as long as wanted: it is opened anew after each loss, and a snapshot
 * comes first again.
 *
 * @param onEvent may be slow: the next event waits for it
 * @param onError told of every break that was not a lost link; the iterator is opened again all the same
 * @returns the undo
 */
export function follow<Event>(
  connection: BridgeConnection,
  open: (signal: AbortSignal) => Promise<AsyncIterable<Event>>,
  onEvent: (event: Event) => void | Promise<void>,
  onError?: (error: unknown) => void,
): () => void {
  const aborter = new AbortController();
  const { signal } = aborter;

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await untilOpen(connection, signal);
      if (signal.aborted) return;
      try {
        for await (const event of await open(signal)) {
          if (signal.aborted) return;
          await onEvent(event);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (connection.link.kind === 'open') onError?.(error);
      }
      await pause(signal);
    }
  }

  void run();
  return () => aborter.abort();
}

function untilOpen(connection: BridgeConnection, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const undo = connection.onLink(check);
    signal.addEventListener('abort', done, { once: true });
    function check(): void {
      if (connection.link.kind === 'open') done();
    }
    function done(): void {
      undo();
      signal.removeEventListener('abort', done);
      resolve();
    }
    check();
  });
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, pauseMs);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
