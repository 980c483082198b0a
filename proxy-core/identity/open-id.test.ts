import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock } from '../tunnel/index.ts';
import { OpenIdClient } from './open-id.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, issuer: string) => void;

/** What a refresh fails with at a provider that answers so. */
async function failureAt(answer: Answer): Promise<unknown> {
  const server = createServer((request, response) => answer(request, response, issuer));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new OpenIdClient(
    { issuer, clientId: 'postern', scopes: ['openid'] },
    { fetch, clock: systemClock, ending: new AbortController().signal },
  );
  try {
    return await client.refresh('refresh-token').then(
      () => undefined,
      (error: unknown) => error,
    );
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function withDiscovery(token: Answer): Answer {
  return (request, response, issuer) =>
    request.url === '/token'
      ? token(request, response, issuer)
      : json(response, { issuer, token_endpoint: `${issuer}/token` });
}

function json(response: ServerResponse, body: object): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
}

const endless: Answer = (_, response) => {
  const piece = Buffer.alloc(64 * 1024, ' ');
  response.setHeader('content-type', 'application/json');
  const more = (): void => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', more);
  more();
};

test.each([
  ['discovery document', endless],
  ['token', withDiscovery(endless)],
])('a %s without end is given up, not gathered', async (_, answer) => {
  expect(await failureAt(answer)).toMatchObject({
    message: expect.stringContaining('answers with more than 1048576 bytes'),
  });
});

test('a discovery document of another issuer is named with both', async () => {
  expect(await failureAt((_, response) => json(response, { issuer: 'https://other.example' }))).toMatchObject({
    message: expect.stringMatching(/"https:\/\/other\.example" where "http:\/\/127\.0\.0\.1:\d+\/" is expected$/),
  });
});

test('a provider that knows no discovery is told with its status', async () => {
  expect(await failureAt((_, response) => response.writeHead(404).end())).toMatchObject({
    message: expect.stringMatching(/failed: .*HTTP.*status code.* \(404\)$/),
  });
});

test('an ID token of another time says so, and no token is in the message', async () => {
  const failure = await failureAt(
    withDiscovery((_, response, issuer) => {
      const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url');
      const claims = { iss: issuer, aud: 'postern', sub: 'bob', iat: 1_000, exp: 2_000 };
      const id_token = `${part({ alg: 'RS256' })}.${part(claims)}.c2lnbmF0dXJl`;
      json(response, {
        access_token: 'secret-access',
        token_type: 'bearer',
        refresh_token: 'secret-refresh',
        id_token,
      });
    }),
  );
  expect(failure).toMatchObject({ message: expect.stringContaining('"exp" (expiration time)') });
  expect((failure as Error).message).not.toMatch(/secret|eyJ/);
});
