import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { contentTypes } from './content-types.ts';
import { page } from './interface-page.ts';
import type { LoopbackAccess } from './loopback-access.ts';
import { rpcPath } from './serve-websocket.ts';

export const launchPath = '/launch/';

interface InterfaceOptions {
  /** What `npm run build` made of the renderer. */
  folder: string;
  access: LoopbackAccess;
}

/** Serves the built interface, and exchanges a launch code for the cookie that everything else asks for. */
export function serveInterface({ folder, access }: InterfaceOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    setSecurityHeaders(response, access.origin);
    const visitor = access.identify(request);
    if (!access.fromHere(request)) return answer(response, 403, page('refused'));
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return answer(response, 405, page('refused'));
    }
    const path = pathOf(request.url);
    if (path?.startsWith(launchPath)) {
      const cookie = access.redeem(path.slice(launchPath.length), request);
      if (cookie === undefined) return answer(response, 410, page('used'));
      response.writeHead(303, { location: '/', 'set-cookie': cookie, 'cache-control': 'no-store' }).end();
      return;
    }
    if (visitor.kind === 'stranger') return answer(response, 401, page('signed-out'));
    if (path === undefined || path === rpcPath) return answer(response, 404, page('missing'));
    await sendFile(folder, path, request, response);
  };
}

async function sendFile(
  folder: string,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // The interface has addresses of its own; they are all one page.
  const wanted = extname(path) === '' ? '/index.html' : path;
  const found = await findFile(folder, wanted);
  if (!found) {
    await (wanted === '/index.html'
      ? answer(response, 503, page('not-built'))
      : answer(response, 404, page('missing')));
    return;
  }
  response.writeHead(200, {
    'content-type': contentTypes[extname(found.path)] ?? 'application/octet-stream',
    'content-length': found.size,
    // Names in assets/ hold a hash of the content; the page that names them must always be the present one.
    'cache-control': wanted.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-store',
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await pipeline(createReadStream(found.path), response).catch(() => response.destroy());
}

/** Only a plain file that really lies below the folder, whatever links or dots the path has. */
async function findFile(folder: string, path: string): Promise<{ path: string; size: number } | undefined> {
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, path));
    if (!file.startsWith(root + sep)) return undefined;
    const { size } = await stat(file).then((found) => (found.isFile() ? found : Promise.reject(new Error('no file'))));
    return { path: file, size };
  } catch {
    // Missing, a folder, or out of reach: to a browser all the same.
    return undefined;
  }
}

/** @returns undefined for a path that no file of the interface has */
function pathOf(target: string | undefined): string | undefined {
  const raw = target?.split('?', 1)[0];
  if (raw === undefined || !raw.startsWith('/')) return undefined;
  let path: string;
  try {
    path = decodeURIComponent(raw);
  } catch {
    return undefined;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return /[\\\u0000-\u001f]|(^|\/)\.\.?(\/|$)/.test(path) ? undefined : path;
}

function setSecurityHeaders(response: ServerResponse, origin: string): void {
  const webSocketOrigin = origin.replace(/^http/, 'ws');
  const headers = {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      // Mantine and xterm set style attributes and insert style elements.
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data:",
      "font-src 'self' data:",
      `connect-src 'self' ${webSocketOrigin}`,
      "manifest-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

function answer(response: ServerResponse, status: number, html: string): void {
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-length': Buffer.byteLength(html),
      'cache-control': 'no-store',
    })
    .end(html);
}
