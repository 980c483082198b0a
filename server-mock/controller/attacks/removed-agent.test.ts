import * as https from 'node:https';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, ask, TestOrganisation } from '../fixtures/controller.ts';
import { newKeyPair } from '../fixtures/device.ts';

let acme: TestOrganisation;
beforeAll(async () => {
  acme = await TestOrganisation.start();
});
afterAll(() => acme[Symbol.asyncDispose]());

/** A connection that stays open: whoever is at its other end was looked up when it began. */
async function keptConnection({ key, certificate, ca }: { key: string; certificate: string; ca: string }) {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, key, cert: certificate, ca });
  const [host, port] = acme.controller.address.split(':');
  const renew = async (): Promise<Pick<Answer, 'status' | 'text'>> => {
    const { certificateRequest } = await newKeyPair();
    const body = JSON.stringify({ certificateRequest });
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const request = https.request(
        { agent, host, port, path: '/api/v1/agents/renew', method: 'POST', headers },
        async (response) => {
          let text = '';
          for await (const part of response) text += part;
          resolve({ status: response.statusCode ?? 0, text });
        },
      );
      request.on('error', reject).end(body);
    });
  };
  return { renew, close: () => agent.destroy() };
}

test('an agent whose cluster was removed renews nothing on a connection from before, nor comes back with a new import', async () => {
  const agent = await acme.cluster('prod');
  const alice = await acme.signIn('alice@acme.example', ['platform-admins']);
  const connection = await keptConnection(agent.credentials);
  expect((await connection.renew()).status).toBe(200);
  await alice.api.admin.clusters.remove({ name: 'prod' });
  const refused = await connection.renew();
  expect(refused.status).toBe(401);
  expect(JSON.parse(refused.text)).toMatchObject({ code: 'POSTERN_JOIN_TOKEN_REFUSED' });
  await acme.controller.importCluster('prod');
  expect((await connection.renew()).status).toBe(401);
  connection.close();
  const { api } = await acme.https(agent.credentials);
  const { certificateRequest } = await newKeyPair();
  await expect(api.agents.renew({ certificateRequest })).rejects.toMatchObject({ code: 'POSTERN_JOIN_TOKEN_REFUSED' });
});

test('an agent that does not answer while its cluster is removed is shut out all the same, and only that agent', async () => {
  const [asked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<'taken'>()];
  const agent = await acme.cluster('stuck', {}, {}, () => {
    asked.resolve();
    return released.promise;
  });
  const bob = await acme.signIn('bob@acme.example', ['developers']);
  ask(bob, '/clusters/stuck/api/v1/namespaces/default/pods').catch(() => {});
  await asked.promise;
  const alice = await acme.signIn('alice@acme.example', ['platform-admins']);
  const removal = alice.api.admin.clusters.remove({ name: 'stuck' });
  await expect.poll(async () => (await bob.api.sessions.list({ active: true })).sessions).toEqual([]);

  const { joinToken } = await acme.controller.importCluster('stuck');
  const { certificateRequest } = await newKeyPair();
  const { api } = await acme.https(agent.credentials);
  await expect(api.agents.renew({ certificateRequest })).rejects.toMatchObject({ code: 'POSTERN_JOIN_TOKEN_REFUSED' });
  released.resolve('taken');
  await removal;
  const { api: anybody } = await acme.https();
  await expect(anybody.agents.join({ joinToken, certificateRequest })).resolves.toMatchObject({ cluster: 'stuck' });
});
