import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { HttpServer, maxHeaderBytes } from '../../../proxy-core/tunnel/index.ts';
import { GatewayError } from '../errors.ts';
import { answerStatus, kubernetesStatus } from './kubernetes-status.ts';

async function answerTo(path: string, accept: string, error: unknown): Promise<Response> {
  const http = new HttpServer({
    maxHeadBytes: maxHeaderBytes,
    onRequest: (exchange) => void answerStatus(exchange, kubernetesStatus(error), []),
    onUnreadable: (_exchange, unreadable) => expect.fail(unreadable.message),
  });
  const server = createServer((socket) => http.serve(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { accept } });
    return new Response(await response.text(), { status: response.status, headers: response.headers });
  } finally {
    http.destroy();
    server.close();
  }
}

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
const refused = new GatewayError('POSTERN_IMPERSONATION_REFUSED', 'impersonation is refused', { hint: 'name a role' });

test('a refusal of discovery is the text that kubectl shows there', async () => {
  const answer = await answerTo('/clusters/dev/roles/viewer/api', aggregated, refused);
  expect(answer.status).toBe(403);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(answer.headers.get('warning')).toBeNull();
  expect(await answer.text()).toBe('impersonation is refused: name a role');
});

test('a failure of discovery, whose Status kubectl drops, is said by a warning too', async () => {
  const answer = await answerTo('/clusters/dev/roles/viewer/apis', aggregated, new Error('a bug'));
  expect(await answer.json()).toMatchObject({ kind: 'Status', code: 500 });
  expect(answer.headers.get('warning')).toBe('299 - "Postern failed at the request; its log has the details"');
});

test('any other request gets the Status alone', async () => {
  const answer = await answerTo('/clusters/dev/roles/viewer/api/v1/pods', 'application/json', refused);
  expect(await answer.json()).toMatchObject({ kind: 'Status', code: 403, reason: 'Forbidden' });
  expect(answer.headers.get('warning')).toBeNull();
});
