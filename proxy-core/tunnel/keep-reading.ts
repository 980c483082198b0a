import type { TLSSocket } from 'node:tls';

/** So long may a write that waits keep a connection from reading. */
const nudgeEveryMs = 200;

/**
 * Keeps a connection reading while its writes wait.
 *
 * Node's HTTP/2 stops reading its socket for as long as a write is under way (`MaybeStopReading` in node_http2.cc; so in
 * Node 24.21). Two peers that both have more to send than the network holds then wait for each other for ever, and on a
 * slow link a big download keeps what the other side types unread until the windows are exhausted. Starting the socket's
 * handle again by hand costs nothing while bytes arrive anyway; what it reads early is bounded by the windows that this
 * side gave out. `readStart` is the handle's own method, not a documented one: a JavaScript stream in between that
 * acknowledges writes early does the same through documented means, and was measured to cost a fifth more CPU on a big
 * body. stalled-reader.test.ts holds this in place.
 *
 * @returns its own undo
 */
export function keepReading(socket: TLSSocket): () => void {
  let known = socket.bytesRead;
  const timer = setInterval(() => {
    const { bytesRead } = socket;
    if (bytesRead === known) (socket as WithHandle)._handle?.readStart();
    known = bytesRead;
  }, nudgeEveryMs).unref();
  return () => clearInterval(timer);
}

type WithHandle = TLSSocket & { _handle?: { readStart(): void } | null };
