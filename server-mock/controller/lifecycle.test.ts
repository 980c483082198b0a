import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import * as http from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { json } from './fixtures/agent.ts';
import { ask, type TestDevice, TestOrganisation } from './fixtures/controller.ts';
import { startController } from './index.ts';

const pods = '/clusters/prod/api/v1/namespaces/default/pods';
const event = '{"type":"ADDED"}\n';

/** Reads a watch to its end: whole, or broken off. */
async function readWatch(device: TestDevice) {
  const request = http.get({ agent: device.gateway, host: 'postern', path: `${pods}?watch=1` });
  request.on('error', () => {});
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  await once(response, 'data');
  return new Promise<'ended properly' | 'broken off'>((resolve) => {
    response.resume();
    response.on('error', () => {});
    response.on('close', () => resolve(response.complete ? 'ended properly' : 'broken off'));
  });
}

describe('with a watch under way', () => {
  let acme: TestOrganisation;
  let bob: TestDevice;
  let agent: Awaited<ReturnType<TestOrganisation['cluster']>>;
  let began: PromiseWithResolvers<void>;
  beforeEach(async () => {
    began = Promise.withResolvers();
    acme = await TestOrganisation.start();
    agent = await acme.cluster('prod', {
      onRequest: (request, response) => {
        if (!request.url?.includes('watch')) return json(response, 200, {});
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write(event);
        began.resolve();
      },
    });
    bob = await acme.signIn('bob@acme.example', ['developers']);
  });
  afterEach(() => acme[Symbol.asyncDispose]());

  test('a second controller on the same data folder does not start, and takes it for running', async () => {
    void readWatch(bob);
    await began.promise;
    const second = startController({
      organisation: 'acme',
      listen: '127.0.0.1:0',
      dataDir: acme.dataDir,
      oidc: { issuer: acme.idp.issuer, clientId: acme.idp.clientId },
    });
    second.then((controller) => controller.close()).catch(() => {});
    await expect(second).rejects.toMatchObject({
      code: 'POSTERN_STORE_FAILED',
      message: `another controller runs on ${acme.dataDir}`,
    });
    const [session] = (await bob.api.sessions.list({ active: true })).sessions;
    // A start is on disk a moment after it came.
    await expect
      .poll(async () => (await bob.api.sessions.events({ id: session!.id })).events)
      .toMatchObject([{ verb: 'watch', decision: 'allowed', completedAt: null }]);
  });

  test('an ordered stop ends it properly, and the session goes on after the restart', async () => {
    const watch = readWatch(bob);
    await began.promise;
    const { sessions } = await bob.api.sessions.list({ active: true });
    await acme.controller.close();
    expect(await watch).toBe('ended properly');
    await acme.startController();
    await expect
      .poll(async () => (await ask(bob, pods).catch(() => ({ status: 0 }))).status, { timeout: 10_000 })
      .toBe(200);
    expect((await bob.api.sessions.list({ active: true })).sessions.map(({ id }) => id)).toEqual(
      sessions.map(({ id }) => id),
    );
    const { events } = await bob.api.sessions.events({ id: sessions[0]!.id });
    expect(events.find(({ verb }) => verb === 'watch')).toMatchObject({
      completedAt: expect.any(String),
      decision: 'allowed',
      bytesOut: event.length,
    });
  }, 15_000);

  test('the loss of the agent ends it properly, and the next command says that the cluster is offline', async () => {
    const watch = readWatch(bob);
    await began.promise;
    await agent.close();
    expect(await watch).toBe('ended properly');
    const answer = await ask(bob, pods);
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.text).message).toContain('no agent of cluster prod is connected');
  });
});

describe('postern-controller', () => {
  let folder: string;
  const running: ChildProcess[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-main-'));
  });
  afterEach(async () => {
    for (const child of running.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });

  function start(...args: string[]) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, POSTERN_LOG: 'info' },
    });
    running.push(child);
    const output = { out: '', err: '' };
    child.stdout.on('data', (chunk) => {
      output.out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output.err += chunk;
    });
    const exited = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
    return { child, exited, firstLine: once(child.stdout, 'data').then(([chunk]) => String(chunk).trim()) };
  }

  async function configFile(changes = ''): Promise<string> {
    const file = join(folder, 'controller.yaml');
    const config = `organisation: acme\nlisten: 127.0.0.1:0\ndataDir: ${join(folder, 'data')}\noidc:\n  issuer: https://id.acme.example\n  clientId: postern\n`;
    await writeFile(file, config + changes);
    return file;
  }

  test('starts with nothing but a configuration, prints its URL with the pin, and ends in order on SIGTERM', async () => {
    const { child, exited, firstLine } = start('--config', await configFile());
    expect(await firstLine).toMatch(/^https:\/\/127\.0\.0\.1:[0-9]+#ca=sha256:[A-Za-z0-9_-]{43}$/);
    child.kill('SIGTERM');
    const { code, err } = await exited;
    expect(code).toBe(0);
    expect(err).toContain('controller has stopped');
  }, 15_000);

  test('started through npm, ends in order when the shell between dies of the signal', async () => {
    // As npm does it: sh waits for node, and a signal to sh reaches nobody else. `; true` keeps sh from replacing itself.
    const main = join(import.meta.dirname, 'main.ts');
    const shell = spawn('/bin/sh', ['-c', `"${process.execPath}" "${main}" --config "${await configFile()}"; true`], {
      env: { ...process.env, npm_lifecycle_event: 'postern-controller' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let err = '';
    shell.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    await once(shell.stdout, 'data');
    shell.kill('SIGTERM');
    // The pipe closes when the last process that holds it has ended.
    await once(shell.stderr, 'close');
    expect(err).toContain('controller has stopped');
  }, 15_000);

  test('keeps its identity over kill -9', async () => {
    const file = await configFile();
    const first = start('--config', file);
    const url = await first.firstLine;
    first.child.kill('SIGKILL');
    await first.exited;
    const second = start('--config', file);
    expect((await second.firstLine).split('#')[1]).toBe(url.split('#')[1]);
  }, 15_000);

  test('names file, line and field of a wrong configuration', async () => {
    const { code, err } = await start('--config', await configFile('audit:\n  mode: sometimes\n')).exited;
    expect(code).toBe(1);
    expect(err).toMatch(/POSTERN_CONFIG_INVALID\n.*controller\.yaml:8: audit\.mode: /);
  }, 15_000);

  test('names the policy file, document, field and line that is wrong', async () => {
    const policy = join(folder, 'policy.yaml');
    await writeFile(policy, 'apiVersion: postern.dev/v1\nkind: Role\nmetadata: {name: r}\nspec: {}\n');
    const { code, err } = await start('--config', await configFile(`policy: ["${policy}"]\n`)).exited;
    expect(code).toBe(1);
    expect(err).toMatch(/POSTERN_POLICY_INVALID\n.*policy\.yaml:4: document 1 \(Role "r"\), spec: /);
  }, 15_000);

  test('takes policy files in any order, and names a grant whose role stands in none', async () => {
    const [grants, roles] = [join(folder, 'grants.yaml'), join(folder, 'roles.yaml')];
    await writeFile(
      grants,
      'apiVersion: postern.dev/v1\nkind: Grant\nmetadata: {name: g}\nspec: {role: r, subjects: {groups: [x]}, clusters: {matchLabels: {}}}\n',
    );
    await writeFile(roles, 'apiVersion: postern.dev/v1\nkind: Role\nmetadata: {name: r}\nspec: {clusterRole: view}\n');
    const alone = await start('--config', await configFile(`policy: ["${grants}"]\n`)).exited;
    expect(alone.err).toContain('POSTERN_POLICY_INVALID\nGrant "g", spec.role: there is no role "r"\n');
    const both = start('--config', await configFile(`policy: ["${grants}", "${roles}"]\n`));
    expect(await both.firstLine).toMatch(/^https:/);
  }, 15_000);

  test('says which field names a file that is not there', async () => {
    const missing = await start('--config', await configFile('policy: [/nowhere.yaml]\n')).exited;
    expect(missing.err).toMatch(/POSTERN_CONFIG_INVALID\npolicy: \/nowhere\.yaml cannot be read/);
    const tls = await start(
      '--config',
      await configFile('tls: {certificateFile: /nowhere.pem, keyFile: /nowhere.pem}\n'),
    ).exited;
    expect(tls.err).toMatch(/POSTERN_CONFIG_INVALID\ntls: /);
    const none = await start('--config', join(folder, 'none.yaml')).exited;
    expect(none.err).toMatch(/POSTERN_CONFIG_INVALID\n.*none\.yaml cannot be read/);
  }, 20_000);

  test('says so where its port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const file = await configFile();
    await writeFile(file, (await readFile(file, 'utf8')).replace('127.0.0.1:0', `127.0.0.1:${port}`));
    const { code, err } = await start('--config', file).exited;
    taken.close();
    expect(code).toBe(1);
    expect(err).toMatch(
      new RegExp(`POSTERN_CONFIG_INVALID\\nlisten: 127\\.0\\.0\\.1:${port} cannot be listened on: .*EADDRINUSE`),
    );
  }, 15_000);

  test('refuses a store that is no database, and leaves it as it is', async () => {
    const file = await configFile();
    const store = join(folder, 'data', 'controller.sqlite');
    await import('node:fs/promises').then(({ mkdir }) => mkdir(join(folder, 'data')));
    await writeFile(store, 'this is no database, and long enough to tell'.repeat(50));
    const { code, err } = await start('--config', file).exited;
    expect(code).toBe(1);
    expect(err).toMatch(/POSTERN_STORE_FAILED\n.*not a database/);
    expect(await readFile(store, 'utf8')).toMatch(/^this is no database/);
  }, 15_000);

  test('explains itself with --help, and checks a configuration with --check', async () => {
    expect((await start('--help').exited).out).toContain('postern-controller --config FILE');
    expect(await start('--config', await configFile(), '--check').exited).toMatchObject({
      code: 0,
      out: expect.stringContaining('is valid'),
    });
    expect(await start().exited).toMatchObject({ code: 2 });
  }, 15_000);
});
