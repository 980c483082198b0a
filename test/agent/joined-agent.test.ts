import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseControllerUrl } from '../../proxy-core/tunnel/index.ts';
import { type AgentOptions, type RunningAgent, startAgent } from '../../server-mock/agent/index.ts';
import { Membership } from '../../server-mock/agent/membership.ts';
import { stateFolder } from '../../server-mock/agent/state-folder.ts';
import { type RunningController, startController } from '../../server-mock/controller/index.ts';
import { movableClock } from './agent-under-test.ts';

const logger = pino({ level: 'silent' });
const day = 24 * 3_600_000;

/** Nothing answers there: an agent joins and connects whether or not its API server is up. */
const kubeconfig = JSON.stringify({
  'current-context': 'c',
  clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'u', user: { token: 't' } }],
  contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
});

let folder: string;
let controller: RunningController;
const agents: RunningAgent[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-agent-'));
  controller = await startController(
    {
      organisation: 'acme',
      listen: '127.0.0.1:0',
      dataDir: join(folder, 'controller'),
      oidc: { issuer: 'http://127.0.0.1:1', clientId: 'postern' },
    },
    { logger },
  );
});
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.close()));
  await controller.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: Partial<AgentOptions>): Promise<RunningAgent> {
  const agent = await startAgent({
    controllerUrl: controller.url,
    kubeconfig,
    stateDir: join(folder, 'agent'),
    logger,
    ...options,
  });
  agents.push(agent);
  return agent;
}

describe('joining', () => {
  test('an agent joins with its token, keeps its key to itself, and needs no token again', async () => {
    const { joinToken } = await controller.importCluster('dev');
    const first = await start({ joinToken });
    await first.ready;
    const path = join(folder, 'agent', 'agent.json');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      cluster: 'dev',
      key: expect.stringMatching(/PRIVATE/),
    });
    await first.close();

    const second = await start({});
    await second.ready;
  });

  test('a join token works once', async () => {
    const { joinToken } = await controller.importCluster('dev');
    await (await start({ joinToken })).ready;
    const other = await start({ joinToken, stateDir: join(folder, 'other') });
    await expect(other.ready).rejects.toMatchObject({ code: 'POSTERN_JOIN_TOKEN_REFUSED' });
  });

  test('an agent that has a certificate joins anew with the token of another import', async () => {
    const { joinToken } = await controller.importCluster('dev');
    const first = await start({ joinToken });
    await first.ready;
    await first.close();
    const again = await controller.importCluster('renamed');
    const second = await start({ joinToken: again.joinToken });
    await second.ready;
    const kept = JSON.parse(await readFile(join(folder, 'agent', 'agent.json'), 'utf8'));
    expect(kept).toMatchObject({ cluster: 'renamed' });
    expect(JSON.stringify(kept)).not.toContain(again.joinToken);
    await second.close();

    // The Secret with the token it used stays in the cluster: a restart is no import.
    await (await start({ joinToken: again.joinToken })).ready;
    expect(JSON.parse(await readFile(join(folder, 'agent', 'agent.json'), 'utf8'))).toEqual(kept);
  });

  test('an agent that has a certificate goes on with it where another token is refused', async () => {
    const { joinToken } = await controller.importCluster('dev');
    const first = await start({ joinToken });
    await first.ready;
    await first.close();
    await (await start({ joinToken: 'postern-join-of-somebody-else' })).ready;
  });

  test('a refused token is no reason to leave where the state cannot be written either', async () => {
    const { joinToken } = await controller.importCluster('dev');
    const first = await start({ joinToken });
    await first.ready;
    await first.close();
    // In the way of the file that would take the place of the present one.
    await mkdir(join(folder, 'agent', 'agent.json.new'));
    await (await start({ joinToken: 'postern-join-of-somebody-else' })).ready;
  });

  test('an agent that has a certificate goes on with it while the token of another import cannot be exchanged', async () => {
    const { joinToken } = await controller.importCluster('dev');
    const clock = movableClock();
    const store = stateFolder(join(folder, 'agent'));
    const membershipWith = (token: string, environment: Record<string, string> = {}) =>
      new Membership({
        controller: parseControllerUrl(controller.url),
        joinToken: token,
        store,
        clock,
        random: Math.random,
        logger,
        environment,
      });
    const first = membershipWith(joinToken);
    await first.open();
    first.close();
    const again = await controller.importCluster('renamed');
    const environment: Record<string, string> = { HTTPS_PROXY: 'http://127.0.0.1:1' };
    const second = membershipWith(again.joinToken, environment);
    await second.open();
    expect(second.credentials()).toEqual(first.credentials());

    let changes = 0;
    second.onRenewed(() => {
      changes += 1;
    });
    delete environment.HTTPS_PROXY;
    await second.check();
    expect(second.cluster).toBe('renamed');
    expect(changes).toBe(1);
    expect(await store.read()).toMatchObject(second.credentials() ?? {});
    await second.check();
    expect(changes).toBe(1);
    second.close();
  });

  test('without certificate and token an agent says what to do', async () => {
    const agent = await start({});
    await expect(agent.ready).rejects.toMatchObject({
      code: 'POSTERN_JOIN_TOKEN_REFUSED',
      hint: expect.stringContaining('import the cluster again'),
    });
  });

  test('a controller with another authority than the pinned one gets no token', async () => {
    const { joinToken } = await controller.importCluster('dev');
    const controllerUrl = controller.url.replace(/sha256:.{4}/, 'sha256:AAAA');
    const agent = await start({ joinToken, controllerUrl });
    await expect(agent.ready).rejects.toMatchObject({ code: 'POSTERN_CONTROLLER_UNTRUSTED' });
    await (await start({ joinToken })).ready;
  });

  test('an agent that its controller refuses says why in its log', async () => {
    const { joinToken } = await controller.importCluster('dev');
    const first = await start({ joinToken });
    await first.ready;
    await first.close();
    const store = new DatabaseSync(join(folder, 'controller', 'controller.sqlite'), { timeout: 5_000 });
    store.exec("update agent set removed_at = '2026-01-01T00:00:00.000Z'");
    store.close();
    const log: string[] = [];
    await start({ logger: pino({ level: 'info' }, { write: (line) => log.push(line) }) });
    await expect.poll(() => log.join('')).toContain('the cluster dev was removed, or this agent with it');
  });

  test('an agent that waits for its controller can be stopped', async () => {
    const agent = await start({ joinToken: 'x', controllerUrl: 'https://127.0.0.1:1' });
    await agent.close();
    await expect(agent.ready).rejects.toThrow();
  });
});

describe('what cannot work is refused at once, by name', () => {
  test.each<[string, Partial<AgentOptions>, string, string]>([
    ['a controller URL', { controllerUrl: 'http://x' }, 'POSTERN_CONTROLLER_URL_INVALID', 'https'],
    ['no YAML', { kubeconfig: 'a: [' }, 'POSTERN_AGENT_KUBECONFIG', 'cannot be read'],
    ['an empty kubeconfig', { kubeconfig: '' }, 'POSTERN_AGENT_KUBECONFIG', ''],
    ['a missing context', { context: 'nonsense' }, 'POSTERN_AGENT_KUBECONFIG', 'has no context "nonsense"'],
    ['plain http', { kubeconfig: kubeconfig.replace('https:', 'http:') }, 'POSTERN_AGENT_KUBECONFIG', 'not https'],
    ['no state folder', { stateDir: undefined }, 'POSTERN_USAGE', 'state folder'],
    ['no pod', { kubeconfig: undefined, environment: {} }, 'POSTERN_AGENT_KUBECONFIG', 'not a pod'],
  ])('%s', async (_, options, code, message) => {
    await expect(start(options)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});

test('the certificate is renewed at two thirds of its life, with a new key, and kept', async () => {
  const { joinToken } = await controller.importCluster('dev');
  const clock = movableClock();
  const store = stateFolder(join(folder, 'agent'));
  const membership = new Membership({
    controller: parseControllerUrl(controller.url),
    joinToken,
    store,
    clock,
    random: Math.random,
    logger,
    environment: {},
  });
  let renewals = 0;
  membership.onRenewed(() => {
    renewals += 1;
  });
  await membership.open();
  const first = membership.credentials();
  clock.advance(19 * day);
  await membership.check();
  expect(membership.credentials()).toEqual(first);
  clock.advance(1.1 * day);
  await membership.check();
  expect(renewals).toBe(1);
  expect(membership.credentials()?.key).not.toBe(first?.key);
  expect(await store.read()).toMatchObject(membership.credentials() ?? {});
  membership.close();
});

test('a certificate that lives shorter than the time between two checks is renewed in time, too', async () => {
  await using brief = new AsyncDisposableStack();
  const strict = await startController(
    {
      organisation: 'acme',
      listen: '127.0.0.1:0',
      dataDir: join(folder, 'strict'),
      oidc: { issuer: 'http://127.0.0.1:1', clientId: 'postern' },
      agentCertificate: { lifetime: '9s' },
    },
    { logger },
  );
  brief.defer(() => strict.close());
  const { joinToken } = await strict.importCluster('dev');
  const agent = await start({ joinToken, controllerUrl: strict.url });
  brief.defer(() => agent.close());
  await agent.ready;
  const store = stateFolder(join(folder, 'agent'));
  const first = await store.read();
  await expect.poll(async () => (await store.read())?.certificate, { timeout: 20_000 }).not.toBe(first?.certificate);
  expect(Date.parse((await store.read())!.issuedAt)).toBeLessThan(Date.parse(first!.expiresAt));
});
