import type { Cut } from './cut.ts';
import type { ResponseHead } from './head.ts';
import type { HeaderList } from './header-list.ts';
import type { UpstreamPool } from './upstream-pool.ts';

/** A response's head as a hop may change it before it is sent; without hop-by-hop headers. */
export interface ForwardedHead {
  status: number;
  statusMessage: string;
  headers: HeaderList;
}

export interface ForwardOptions {
  pool: UpstreamPool;
  /** The request target, sent as it is. */
  target: string;
  /** End-to-end headers to send, made from `endToEndHeaders(request.headers)`, which is also the default. */
  headers?: HeaderList;
  /** May change the head before it is sent. */
  onResponse?(head: ForwardedHead): void;
  /**
   * Return true to keep the response from the client: the outcome is `intercepted`, nothing has been answered, and the
   * response's body is dropped.
   */
  intercept?(head: ResponseHead): boolean;
  /** The upstream failed (or `cut` fell) before its response began, and the client still listens: answer it. */
  onError(error: Error): void;
  /** Ends the request on both sides at once (a revocation). */
  cut?: Cut;
  /**
   * What the client of a stream of lines is told where `cut` ends it: in place of an end that looks like any other. Asked
   * where the lines so far are whole and the response's length is open; undefined for nothing.
   */
  lastLine?: ((reason: Error) => string | undefined) | undefined;
  /**
   * An ordered stop: ends a response of open length with its proper terminator, so that a watch becomes a re-list. Only
   * where `whenBroken` is `terminate`: a list would be cut short and look whole, so it runs on.
   */
  finish?: AbortSignal;
  /**
   * What the client sees where the upstream breaks off in the middle: `cut` (default), so that it notices; `terminate` for
   * a watch, whose client then re-lists without an error.
   */
  whenBroken?: 'cut' | 'terminate';
}

export interface ForwardOutcome {
  /**
   * `completed`: answered to the end, whatever the status; with status 101, an orderly end of both directions.
   * `intercepted`, `finished`: see the options. `failed`: the upstream gave no whole response. `client-gone`: the client
   * went away. `cut`: by {@link ForwardOptions.cut}.
   */
  kind: 'completed' | 'intercepted' | 'failed' | 'client-gone' | 'cut' | 'finished';
  /** The upstream's status where it got through to the client, else null. */
  status: number | null;
  /** Body bytes from the client, and to it. */
  bytesIn: number;
  bytesOut: number;
  error: Error | null;
}
