import type { SecureClientSessionOptions, ServerSessionOptions, Settings } from 'node:http2';

/*
 * Every HTTP/2 setting of a tunnel, set on purpose. Node's defaults are for web pages: many short answers to one browser.
 * A tunnel carries a few hundred long-lived streams of bytes between two processes that trust each other. The README's
 * table gives the reasons at more length.
 */

/**
 * What a peer may send on one stream before this side has read it: the most that a stalled reader can hold here, and the
 * most in flight on one stream (1 MiB at 50 ms round trip is 20 MB/s). Node's default of 64 KiB would be 1.3 MB/s.
 */
export const streamWindowBytes = 1024 * 1024;

/**
 * In flight on one connection, all streams together. Node gives this window back as soon as bytes arrive, read or not, so
 * a stalled stream takes nothing from its neighbours. It bounds what is read ahead while a write waits (keep-reading.ts),
 * and is far more than a path holds: 16 MiB at 50 ms are 320 MB/s.
 */
export const connectionWindowBytes = 16 * streamWindowBytes;

/**
 * Streams that a peer may have open on one connection. Each idle one costs tens of KB; a client with a thousand watches
 * still fits, and one that leaks streams is stopped before it takes the process with it.
 */
export const maxConcurrentStreams = 4096;

/**
 * In MB. Above it nghttp2 refuses new streams. It counts what is queued to be sent, which a slow peer can make as large
 * as all its streams' buffers together; at Node's default of 10 MB, a dozen slow downloads shut everybody else out.
 */
export const maxSessionMemoryMb = 1024;

/**
 * The protocol's default and minimum. Larger frames save next to nothing (a TLS record holds 16 KiB, so a frame is cut
 * again below) and make a small answer wait behind a bigger piece of a download.
 */
export const maxFrameBytes = 16_384;

/** CONNECT carries two header fields, so the table is never used: none is kept. */
const headerTableBytes = 0;

/**
 * A reset is how an aborted watch or `kubectl get -w | head` ends: a busy client may send many. nghttp2 closes the whole
 * connection past `burst` + `rate` per second (CVE-2023-44487), by default 1000 and 33. Peers here are authenticated.
 */
const streamResetBurst = 10_000;
const streamResetRatePerSecond = 1000;

/** What this side tells the peer. */
export const localSettings: Settings = {
  initialWindowSize: streamWindowBytes,
  maxConcurrentStreams,
  maxFrameSize: maxFrameBytes,
  headerTableSize: headerTableBytes,
  enablePush: false,
};

/** Options of a session in either role. */
export const sessionOptions = {
  settings: localSettings,
  maxSessionMemory: maxSessionMemoryMb,
  maxDeflateDynamicTableSize: headerTableBytes,
  streamResetBurst,
  streamResetRate: streamResetRatePerSecond,
} satisfies SecureClientSessionOptions & ServerSessionOptions & { streamResetBurst: number; streamResetRate: number };
