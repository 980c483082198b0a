import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { isOfAnotherUser } from '../loopback/another-user.ts';

export interface LoopbackRedirect {
  /** `http://127.0.0.1:<port>/callback`, free of everything else. */
  redirectUri: string;
  /** The address that the browser came back to, with the code or the error in its query. */
  arrived: Promise<URL>;
  close(): void;
}

/**
 * Waits on an ephemeral loopback port for the browser to come back (RFC 8252, section 7.3). Only a redirect that carries
 * `state` ends the wait, so that another page cannot end a sign-in by guessing the port; and only one of the same user: the
 * state stands in the arguments of the browser that was started with it, and with it another user of the machine could have
 * this one signed in as themselves.
 */
export async function listenForRedirect(state: string): Promise<LoopbackRedirect> {
  const { promise: arrived, resolve } = Promise.withResolvers<URL>();
  /** Connections that no request came on yet: browsers open some ahead of need, and keep them. */
  const unused = new Set<Socket>();
  const server = createServer((req, res) => {
    unused.delete(req.socket);
    // Any page can send anything here: `//` is a request target, and no address.
    const url = URL.parse(req.url ?? '/', redirectUri);
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      connection: 'close',
    };
    const isAwaited = req.method === 'GET' && url?.pathname === '/callback' && url.searchParams.get('state') === state;
    if (!isAwaited || isOfAnotherUser(req.socket)) {
      res
        .writeHead(404, headers)
        .end(page('Nothing here', 'This address belongs to a sign-in that is over or is not yours.'));
      return;
    }
    const failed = url.searchParams.has('error');
    // The controller has still to agree.
    const text = failed ? 'Postern says what happened.' : 'It finishes the sign-in. You can close this tab.';
    res.writeHead(200, headers).end(page(failed ? 'Sign-in did not work' : 'Go back to Postern', text));
    resolve(url);
  });
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', listening);
  });
  const redirectUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`;
  return {
    redirectUri,
    arrived,
    close: () => {
      server.close();
      // The answer of the last request may still be on its way; its connection closes by itself.
      for (const socket of unused) socket.destroy();
    },
  };
}

function page(title: string, text: string): string {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>:root{color-scheme:light dark}body{margin:0;min-height:100vh;display:grid;place-items:center;font:16px/1.5 system-ui,sans-serif;text-align:center}h1{font-size:22px;margin:0 0 4px}p{margin:0;opacity:.7}</style></head><body><main><h1>${title}</h1><p>${text}</p></main></body></html>`;
}
