import * as http from 'node:http';
import * as https from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

/** Statuses whose response has no body (Fetch standard, "null body status"). */
const nullBodyStatuses: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/**
 * `fetch` over an agent: both bodies stream, `signal` aborts at any point, event streams stay open as long as they are
 * read. Redirects are returned, never followed. Relative and absolute URLs alike go where the agent leads.
 *
 * @param origin gives the protocol and the `Host` for the agent; `http://postern` for tunnel agents
 * @example const link = new OpenAPILink(controllerContract, { url: 'http://postern', fetch: fetchOver(agent) });
 */
export function fetchOver(agent: http.Agent | https.Agent, origin = 'http://postern'): typeof fetch {
  const base = new URL(origin);
  return async (input, init) => {
    const request = new Request(typeof input === 'string' ? new URL(input, base) : input, halfDuplex(init));
    request.signal.throwIfAborted();
    const target = new URL(request.url);
    const headers: Record<string, string | string[]> = {};
    for (const [name, value] of request.headers) headers[name] = value;
    headers.host = base.host;
    // Node would send the body of a DELETE without any framing, and the next request would begin in its middle.
    if (request.body !== null && headers['content-length'] === undefined) headers['transfer-encoding'] = 'chunked';
    const incoming = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const outgoing = (base.protocol === 'https:' ? https : http).request({
        agent,
        host: base.hostname.replace(/^\[|\]$/g, ''),
        port: base.port,
        method: request.method,
        path: target.pathname + target.search,
        headers,
      });
      // Not the `signal` option: an abort is to reject with the signal's own reason, as fetch does.
      const onAbort = () => {
        outgoing.destroy();
        reject(request.signal.reason);
      };
      request.signal.addEventListener('abort', onAbort, { once: true });
      outgoing.on('close', () => request.signal.removeEventListener('abort', onAbort));
      outgoing.on('error', (cause) => reject(request.signal.aborted ? request.signal.reason : failed(cause)));
      outgoing.on('response', resolve);
      if (request.body === null) outgoing.end();
      else {
        pipeline(Readable.fromWeb(request.body as ReadableStream), outgoing).catch((cause: Error) => {
          outgoing.destroy(cause);
        });
      }
    });
    return responseOf(incoming);
  };
}

/** Node's `Request` asks for it with a streamed body. */
function halfDuplex(init: RequestInit | undefined): RequestInit | undefined {
  return init?.body instanceof globalThis.ReadableStream ? ({ ...init, duplex: 'half' } as RequestInit) : init;
}

function responseOf(incoming: http.IncomingMessage): Response {
  const status = incoming.statusCode ?? 502;
  const headers = new Headers();
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    headers.append(incoming.rawHeaders[index] as string, incoming.rawHeaders[index + 1] as string);
  }
  if (nullBodyStatuses.has(status)) {
    incoming.resume();
    return new Response(null, { status, statusText: incoming.statusMessage, headers });
  }
  const body = Readable.toWeb(incoming) as unknown as ConstructorParameters<typeof Response>[0];
  return new Response(body, { status, statusText: incoming.statusMessage, headers });
}

/** As `fetch`: a TypeError whose cause says what happened. */
function failed(cause: Error): TypeError {
  return new TypeError(`fetch failed: ${cause.message}`, { cause });
}
