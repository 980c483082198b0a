import { once } from 'node:events';
import * as http from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, TestOrganisation } from '../fixtures/controller.ts';

const pods = '/clusters/prod/api/v1/namespaces/default/pods';

let acme: TestOrganisation;
beforeAll(async () => {
  acme = await TestOrganisation.start();
  await acme.cluster('prod', { onRequest: (_, response) => response.writeHead(200).flushHeaders() });
});
afterAll(() => acme[Symbol.asyncDispose]());

test('signing out cuts what runs, also where the disk refuses to note it', async () => {
  const bob = await acme.signIn('bob@acme.example', ['developers']);
  const watch = http.get({ agent: bob.gateway, host: 'postern', path: `${pods}?watch=1` }).on('error', () => {});
  const [response] = (await once(watch, 'response')) as [http.IncomingMessage];
  response.on('error', () => {}).resume();
  const cut = new Promise((resolve) => response.once('close', resolve));

  const store = new DatabaseSync(join(acme.dataDir, 'controller.sqlite'), { timeout: 5_000 });
  store.exec("create trigger full before update on device begin select raise(abort, 'disk is full'); end");
  await expect(bob.api.signOut()).rejects.toMatchObject({ code: 'POSTERN_STORE_FAILED' });
  await cut;
  await expect(ask(bob, pods)).rejects.toThrow();

  store.exec('drop trigger full');
  store.close();
});
