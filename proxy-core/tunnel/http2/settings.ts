import { initialMaxFrameBytes, setting } from './frames.ts';
import type { Rate } from './rate-limit.ts';

/*
 * Every HTTP/2 setting of a tunnel, set on purpose. The protocol's defaults are for web pages: many short answers to one
 * browser. A tunnel carries a few hundred long-lived streams of bytes between two processes that trust each other. The
 * README's table gives the reasons at more length.
 */

/**
 * What a peer may send on one stream before this side has read it: the most that a stalled reader can hold here, and the
 * most in flight on one stream (1 MiB at 50 ms round trip is 20 MB/s). The default of 64 KiB would be 1.3 MB/s.
 */
export const streamWindowBytes = 1024 * 1024;

/**
 * In flight on one connection, all streams together. It is given back as soon as bytes arrive, read or not, so a stalled
 * stream takes nothing from its neighbours; and it is far more than a path holds: 16 MiB at 50 ms are 320 MB/s.
 */
export const connectionWindowBytes = 16 * streamWindowBytes;

/**
 * What all streams of a connection together may hold unread. Beyond it the stream that holds most is reset: 4096 stalled ones
 * would be 4 GiB. Two hundred fit, of which each is far more than a terminal whose output somebody has paused.
 */
export const maxUnreadBytes = 256 * streamWindowBytes;

/**
 * Streams that a peer may have open on one connection. Each idle one costs tens of KB; a client with a thousand watches
 * still fits, and one that leaks streams is stopped before it takes the process with it.
 */
export const maxConcurrentStreams = 4096;

/**
 * The protocol's default and minimum. Larger frames save next to nothing (a TLS record holds 16 KiB, so a frame is cut
 * again below) and make a small answer wait behind a bigger piece of a download.
 */
export const maxFrameBytes = initialMaxFrameBytes;

/**
 * A reset is how an aborted watch or `kubectl get -w | head` ends: a busy client may send many. Past `burst` + `rate` per
 * second the server closes the whole connection (CVE-2023-44487). It counts its own resets too: a client can bring them about
 * (CVE-2025-8671). Peers here are authenticated.
 */
export const streamResets: Rate = { burst: 10_000, ratePerSecond: 1000 };

/** Of a client that passes on what all its users do: one of them must not cost the others their connection. */
export const streamResetsOfMany: Rate = { burst: 1_000_000, ratePerSecond: 100_000 };

/**
 * Settings, each of a frame, and goodbyes: a peer has a few to say in the life of a connection, and each goes through every
 * open stream (CVE-2020-11080).
 */
export const announcements: Rate = { burst: 100, ratePerSecond: 10 };

/** What this side tells the peer. */
export const localSettings = {
  // A head here has two fields and comes once per stream: nothing is worth remembering.
  [setting.headerTableSize]: 0,
  [setting.enablePush]: 0,
  [setting.maxConcurrentStreams]: maxConcurrentStreams,
  [setting.initialWindowSize]: streamWindowBytes,
  [setting.maxFrameSize]: maxFrameBytes,
};
