import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isOfAnotherUser } from '../loopback/another-user.ts';
import type { Clock } from './surroundings.ts';

/** How long a launch address may lie unused, in a terminal or a browser that is still starting. */
export const launchCodeLifeMs = 10 * 60_000;
/** Addresses printed and never opened, browsers signed in and forgotten: the oldest go first. */
const maxLaunchCodes = 16;
const maxCookies = 64;

/** Who a request on the core's loopback port comes from. */
export type Visitor = { kind: 'command-line' } | { kind: 'browser' } | { kind: 'stranger'; reason: string };

/**
 * Who may talk to the core over loopback. Any web page can send requests to 127.0.0.1, by a rebound name too, and any
 * program of any user on the machine can connect: so `Host` must be the address itself, an `Origin` must be our own, and
 * there is the command line's token from `core.json`, or the cookie that a single-use launch code was exchanged for. The
 * code stands in the arguments of the browser that is started with it, and the browser sends the cookie to every port of
 * 127.0.0.1: so neither is taken from another user where the system says whose a connection is.
 */
export class LoopbackAccess {
  readonly #tokenDigest: Buffer;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #launchCodes = new Map<string, number>();
  readonly #cookies = new Set<string>();
  #port = 0;

  constructor(token: string, clock: Pick<Clock, 'now'>) {
    this.#tokenDigest = digest(token);
    this.#clock = clock;
  }

  /** Known once the server listens. */
  set port(port: number) {
    this.#port = port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Cookies know no port: another program's page on 127.0.0.1 must not overwrite ours. */
  get cookieName(): string {
    return `postern-${this.#port}`;
  }

  /** False for a request that a rebound name or a foreign page caused. */
  fromHere(request: IncomingMessage): boolean {
    const { host, origin } = request.headers;
    return host === `127.0.0.1:${this.#port}` && (origin === undefined || origin === this.origin);
  }

  identify(request: IncomingMessage): Visitor {
    if (!this.fromHere(request)) return { kind: 'stranger', reason: 'the Host or Origin is not this address' };
    const { authorization, cookie, origin } = request.headers;
    if (authorization !== undefined) {
      const [scheme, token] = authorization.split(' ', 2);
      return scheme?.toLowerCase() === 'bearer' &&
        token !== undefined &&
        timingSafeEqual(digest(token), this.#tokenDigest)
        ? { kind: 'command-line' }
        : { kind: 'stranger', reason: 'the token is not this core’s' };
    }
    if (!this.#cookies.has(fingerprint(cookieValue(cookie, this.cookieName)))) {
      return { kind: 'stranger', reason: 'there is no session' };
    }
    // A browser states the origin of every WebSocket; without one, the cookie was sent by something else.
    if (request.headers.upgrade !== undefined && origin === undefined) {
      return { kind: 'stranger', reason: 'the Origin is missing' };
    }
    // Not at every file of the interface, which is no secret.
    if (request.headers.upgrade !== undefined && isOfAnotherUser(request.socket)) {
      return { kind: 'stranger', reason: 'the connection is of another user of this machine' };
    }
    return { kind: 'browser' };
  }

  /** The path of a single-use launch address. */
  newLaunchCode(): string {
    const code = randomBytes(32).toString('base64url');
    this.#launchCodes.set(fingerprint(code), this.#clock.now() + launchCodeLifeMs);
    while (this.#launchCodes.size > maxLaunchCodes) this.#launchCodes.delete(this.#launchCodes.keys().next().value!);
    return code;
  }

  /**
   * @param request that brings the code; one of another user does not use it up
   * @returns the `Set-Cookie` header for a code that was never used before, else undefined
   */
  redeem(code: string, request: IncomingMessage): string | undefined {
    const key = fingerprint(code);
    const expiresAt = this.#launchCodes.get(key);
    if (expiresAt !== undefined && isOfAnotherUser(request.socket)) return undefined;
    this.#launchCodes.delete(key);
    if (expiresAt === undefined || expiresAt < this.#clock.now()) return undefined;
    const value = randomBytes(32).toString('base64url');
    this.#cookies.add(fingerprint(value));
    while (this.#cookies.size > maxCookies) this.#cookies.delete(this.#cookies.values().next().value!);
    return `${this.cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict`;
  }
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Looked up by its hash, a secret's characters have no influence on how long the look-up takes. */
function fingerprint(secret: string | undefined): string {
  return secret === undefined ? '' : digest(secret).toString('base64');
}

function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const at = part.indexOf('=');
    if (at !== -1 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}
