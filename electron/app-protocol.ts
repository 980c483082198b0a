import { readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import type { CustomScheme } from 'electron';
import { contentTypes } from '../proxy-core/core/content-types.ts';
import { interfaceHost, interfaceScheme } from './interface-address.ts';

/** To be registered before the app is ready. */
export const interfaceSchemes: CustomScheme[] = [
  { scheme: interfaceScheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
];

const securityHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    // Mantine and xterm set style attributes and insert style elements.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "frame-src 'none'",
    "object-src 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/**
 * Answers `app://postern/…` with files of the built interface, and with nothing else of the disk.
 *
 * @param folder `.out/renderer`
 */
export function serveInterface(folder: string): (request: Pick<Request, 'method' | 'url'>) => Promise<Response> {
  return async ({ method, url }) => {
    if (method !== 'GET' && method !== 'HEAD') return refusal(405);
    const path = pathOf(url);
    // The interface has addresses of its own; they are all one page.
    const file = path === undefined ? undefined : await findFile(folder, extname(path) === '' ? '/index.html' : path);
    if (!file) return refusal(404);
    return new Response(method === 'HEAD' ? null : new Uint8Array(file.content), {
      headers: {
        ...securityHeaders,
        'content-type': contentTypes[extname(file.path)] ?? 'application/octet-stream',
        'cache-control': 'no-store',
      },
    });
  };
}

/** @returns undefined for an address that no file of the interface has */
function pathOf(raw: string): string | undefined {
  if (!URL.canParse(raw)) return undefined;
  const url = new URL(raw);
  if (url.protocol !== `${interfaceScheme}:` || url.host !== interfaceHost) return undefined;
  let path: string;
  try {
    path = decodeURIComponent(url.pathname);
  } catch {
    return undefined;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return /[\\:\u0000-\u001f]|(^|\/)\.\.?(\/|$)/.test(path) ? undefined : path;
}

/** Only what really lies below the folder, whatever links or dots the path has. */
async function findFile(folder: string, path: string): Promise<{ path: string; content: Buffer } | undefined> {
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, path));
    return file.startsWith(root + sep) ? { path: file, content: await readFile(file) } : undefined;
  } catch {
    // Missing, a folder, or out of reach: to the page all the same.
    return undefined;
  }
}

function refusal(status: 404 | 405): Response {
  return new Response(null, { status, headers: securityHeaders });
}
