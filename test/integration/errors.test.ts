import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubectlPrograms } from '../support/kubectl.ts';
import { logInAtIdp } from '../support/log-in-at-idp.ts';
import { alice, bob } from '../support/organisation.ts';
import { postern, repository, startPostern, Workstation } from '../support/postern.ts';
import { type Finished, run, start } from '../support/processes.ts';
import { type SmallOrganisation, startSmallOrganisation } from '../support/small-organisation.ts';

/** `mount` needs rights that not every machine gives; what needs one is skipped there, with the other forms of it left. */
const canMount = (() => {
  const folder = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status === 0;
  if (mounted) execFileSync('umount', [folder]);
  execFileSync('rmdir', [folder]);
  return mounted;
})();
if (!canMount) console.info('mount is not permitted here: the tests on a full and a read-only disk are skipped.');

async function mounted(options: string[], folder: string): Promise<AsyncDisposable> {
  execFileSync('mount', [...options, folder]);
  return {
    async [Symbol.asyncDispose]() {
      execFileSync('umount', ['-l', folder]);
    },
  };
}

async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'postern-errors-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The problem as `-o json` prints it; people get the same sentence on stderr. */
function problemOf({ stdout, stderr }: Finished): { code: string; message: string; hint?: string } {
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string; hint?: string } };
  expect(stderr).toContain(`error: ${error.message} (${error.code})`);
  return error;
}

interface StatusAnswer {
  identity: { kind: string; problem?: { code: string } | null };
  warnings: { code: string; message: string }[];
}

const warningsOf = async (machine: Workstation) => (await machine.json<StatusAnswer>(['status'])).warnings;

/** Everything below a folder that the next start relies on. */
async function contentOf(folder: string): Promise<Record<string, string>> {
  const files = ['settings.json', 'controller.json', 'proxy/ca.pem', 'proxy/port'].filter((name) =>
    existsSync(join(folder, name)),
  );
  return Object.fromEntries(
    await Promise.all(files.map(async (name) => [name, await readFile(join(folder, name), 'utf8')])),
  );
}

describe('what can be wrong before Postern is up', { concurrent: false }, () => {
  let organisation: SmallOrganisation;
  let home: { path: string } & AsyncDisposable;

  /** A home that a start has filled. */
  beforeAll(async () => {
    organisation = await startSmallOrganisation();
    home = await temporaryFolder();
    const machine = await Workstation.start(organisation.controllerUrl, home.path);
    await machine.core.stop();
  });

  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
    await organisation?.close();
  });

  const up = (args: string[] = [], env: Record<string, string> = {}) =>
    postern(['up', ...args, '-o', 'json'], { env: { POSTERN_HOME: home.path, HOME: home.path, ...env } });

  it.each([
    { url: 'postern.example', code: 'POSTERN_CONTROLLER_URL_INVALID', says: 'postern.example' },
    { url: 'https://127.0.0.1:9', code: 'POSTERN_CONTROLLER_UNREACHABLE', says: '127.0.0.1:9' },
  ])('the controller URL $url', async ({ url, code, says }) => {
    const before = await contentOf(home.path);
    const outcome = await up(['--controller', url]);
    expect(outcome.exitCode).toBe(1);
    expect(problemOf(outcome)).toMatchObject({ code, message: expect.stringContaining(says) });
    // The controller that worked stays the one that the next start uses.
    expect(await contentOf(home.path)).toEqual(before);
  });

  it('a URL whose pin is another controller’s, and one where something else answers', async () => {
    await using fresh = await temporaryFolder();
    const env = { POSTERN_HOME: fresh.path };
    const pinned = organisation.controllerUrl.replace(/sha256:.*/, `sha256:${'A'.repeat(43)}`);
    const untrusted = await up(['--controller', pinned], env);
    expect(untrusted.exitCode).toBe(1);
    expect(problemOf(untrusted).code).toBe('POSTERN_CONTROLLER_UNTRUSTED');
    const other = await up(['--controller', organisation.issuer.replace('http:', 'https:')], env);
    expect(other.exitCode).toBe(1);
    expect(problemOf(other).code).toMatch(/^POSTERN_CONTROLLER_(UNREACHABLE|NOT_POSTERN)$/);
  });

  it('no controller at all', async () => {
    await using fresh = await temporaryFolder();
    const outcome = await up([], { POSTERN_HOME: fresh.path });
    expect(outcome.exitCode).toBe(2);
    expect(problemOf(outcome)).toMatchObject({ code: 'POSTERN_USAGE', hint: expect.stringContaining('--controller') });
  });

  it('its port taken by another program', async () => {
    const before = await contentOf(home.path);
    const port = Number(before['proxy/port']);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    try {
      const outcome = await up();
      expect(outcome.exitCode).toBe(1);
      expect(problemOf(outcome)).toMatchObject({
        code: 'POSTERN_PROXY_PORT_TAKEN',
        message: expect.stringContaining(String(port)),
        hint: expect.stringContaining('proxy/port'),
      });
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
    expect(await contentOf(home.path)).toEqual(before);
  });

  it('the sample organisation’s port taken by another program', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const outcome = await postern(['demo', '--port', String(port), '-o', 'json'], { timeoutMs: 20_000 });
      expect(outcome.exitCode).toBe(1);
      expect(JSON.parse(outcome.stdout)).toMatchObject({
        ready: false,
        error: { code: 'POSTERN_CONFIG_INVALID', message: expect.stringContaining(`127.0.0.1:${port}`) },
      });
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  it('another Postern on the same state folder', async () => {
    const machine = await Workstation.start(organisation.controllerUrl, home.path);
    const outcome = await up();
    expect(outcome.exitCode).toBe(1);
    expect(problemOf(outcome)).toMatchObject({
      code: 'POSTERN_CORE_RUNNING',
      message: expect.stringContaining(String(machine.core.process.pid)),
    });
    await machine.core.stop();
  });

  it('no file that can be written, whatever the reason', async () => {
    const before = await contentOf(home.path);
    // A limit on the size of files, which every user may set: each write fails as on a full disk.
    const outcome = await run('sh', ['-c', 'ulimit -f 0; exec "$@"', 'sh', process.execPath, ...upArguments], {
      env: { POSTERN_HOME: home.path, HOME: home.path, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' },
    });
    expect(outcome.exitCode).toBe(1);
    expect(problemOf(outcome).code).toBe('POSTERN_STATE_UNWRITABLE');
    expect(await contentOf(home.path)).toEqual(before);
    expect((await readdir(home.path)).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  it.skipIf(!canMount)('a read-only state folder', async () => {
    await using _readOnly = await mounted(['--bind', '-o', 'ro', home.path], home.path);
    const outcome = await up();
    expect(outcome.exitCode).toBe(1);
    expect(problemOf(outcome)).toMatchObject({
      code: 'POSTERN_STATE_UNWRITABLE',
      message: expect.stringContaining(home.path),
    });
  });

  it('a state folder that is none', async () => {
    await using fresh = await temporaryFolder();
    await writeFile(join(fresh.path, 'file'), 'mine');
    const outcome = await up([], { POSTERN_HOME: join(fresh.path, 'file', 'home') });
    expect(outcome.exitCode).toBe(1);
    expect(problemOf(outcome).code).toBe('POSTERN_STATE_UNWRITABLE');
    expect(await readFile(join(fresh.path, 'file'), 'utf8')).toBe('mine');
  });

  it('a kubeconfig that it cannot read is left alone, and Postern comes up with a warning', async () => {
    for (const content of ['clusters: [unfinished', undefined]) {
      const path = join(home.path, 'kubeconfig.yaml');
      await rm(path, { recursive: true, force: true });
      await (content === undefined ? mkdir(path) : writeFile(path, content));
      const machine = await Workstation.start(organisation.controllerUrl, home.path);
      await machine.signIn(bob);
      expect(await warningsOf(machine)).toContainEqual(
        expect.objectContaining({
          code: 'POSTERN_KUBECONFIG_UNREADABLE',
          message: expect.stringContaining('kubeconfig.yaml'),
        }),
      );
      if (content !== undefined) expect(await readFile(path, 'utf8')).toBe(content);
      await rm(path, { recursive: true });
      expect((await machine.json<{ contexts: string[] }>(['kubeconfig'])).contexts).toContain('acme/dev');
      await machine.core.stop();
    }
  });

  it('settings that it cannot understand are set aside, and said so', async () => {
    await writeFile(join(home.path, 'settings.json'), '{"controllerUrl": ');
    const machine = await Workstation.start(organisation.controllerUrl, home.path);
    expect(await warningsOf(machine)).toContainEqual(
      expect.objectContaining({ code: 'POSTERN_STATE_UNREADABLE', message: expect.stringContaining('settings.json') }),
    );
    expect(await readFile(join(home.path, 'settings.json.unreadable'), 'utf8')).toBe('{"controllerUrl": ');
    await machine.core.stop();
  });

  it('a damaged session log is set aside whole, and a new one begun', async () => {
    const damaged = 'this is no database'.repeat(1000);
    await writeFile(join(home.path, 'session-log.sqlite'), damaged);
    const machine = await Workstation.start(organisation.controllerUrl, home.path);
    expect(await warningsOf(machine)).toContainEqual(
      expect.objectContaining({ code: 'POSTERN_STATE_UNREADABLE', message: expect.stringContaining('session log') }),
    );
    const aside = (await readdir(home.path)).find((name) => name.startsWith('session-log.sqlite.damaged-'));
    expect(await readFile(join(home.path, aside ?? ''), 'utf8')).toBe(damaged);
    expect(await machine.json(['sessions'])).toMatchObject({ sessions: [] });
    await machine.core.stop();
  });
});

const upArguments = [join(repository, 'proxy-core/cli/main.ts'), 'up', '-o', 'json'];

describe.skipIf(kubectlPrograms.length === 0)('what can go wrong while Postern is up', { concurrent: false }, () => {
  it('a full disk: clusters stay reachable, and the log catches up once there is room', async (context) => {
    if (!canMount) return context.skip();
    await using organisation = await startSmallOrganisation();
    await using folder = await temporaryFolder();
    await using _disk = await mounted(['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs'], folder.path);
    const machine = await Workstation.start(organisation.controllerUrl, folder.path);
    await machine.signIn(bob);
    const kubectl = machine.kubectl('acme/dev');
    await kubectl.output(['get', 'ns', '--cache-dir', '/dev/null']);
    spawnSync('dd', ['if=/dev/zero', `of=${join(folder.path, 'filler')}`, 'bs=4k']);
    const filled = await kubectl.run(['get', 'ns', '--cache-dir', '/dev/null']);
    expect(filled).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('kube-system') });
    await expect
      .poll(() => warningsOf(machine), { timeout: 10_000 })
      .toContainEqual(expect.objectContaining({ code: 'POSTERN_STATE_UNWRITABLE' }));
    await rm(join(folder.path, 'filler'));
    await expect
      .poll(() => warningsOf(machine), { timeout: 15_000 })
      .not.toContainEqual(expect.objectContaining({ code: 'POSTERN_STATE_UNWRITABLE' }));
    const { sessions } = await machine.json<{ sessions: { id: string }[] }>(['sessions']);
    const { commands } = await machine.json<{ commands: { requests: { resource: string }[] }[] }>([
      'session',
      sessions[0]?.id ?? '',
    ]);
    const listings = commands.filter(({ requests }) => requests.some(({ resource }) => resource === 'namespaces'));
    expect(listings).toHaveLength(2);
    await machine.core.stop();
  });

  it('the identity provider down, then the certificate at its end', async () => {
    await using organisation = await startSmallOrganisation({ deviceCertificateLifetime: '6s' });
    const machine = await Workstation.start(organisation.controllerUrl);
    try {
      await machine.signIn(bob);
      const kubectl = machine.kubectl('acme/dev');
      await kubectl.output(['get', 'ns']);
      await organisation.stopIdentityProvider();
      const stranger = await Workstation.start(organisation.controllerUrl);
      try {
        const refused = await stranger.postern(['login', '--no-browser', '-o', 'json']);
        expect(refused.exitCode).toBe(1);
        expect(problemOf(refused).code).toBe('POSTERN_IDENTITY_PROVIDER_UNREACHABLE');
      } finally {
        await stranger.close();
      }
      // Renewed no more: past its end the tool is told to sign in, and the contexts stay.
      await expect
        .poll(async () => (await machine.json<StatusAnswer>(['status'])).identity, { timeout: 20_000, interval: 200 })
        .toMatchObject({ kind: 'signed-out', problem: { code: expect.stringMatching(/UNREACHABLE|EXPIRED/) } });
      const expired = await kubectl.run(['get', 'ns']);
      expect(expired).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('sign in') });
      expect(await kubectl.output(['config', 'get-contexts', '-o', 'name'])).toContain('acme/dev');
    } finally {
      await machine.close();
    }
  });

  it('the cluster’s agent away, then the controller', async () => {
    await using organisation = await startSmallOrganisation();
    const machine = await Workstation.start(organisation.controllerUrl);
    try {
      await machine.signIn(bob);
      const kubectl = machine.kubectl('acme/dev');
      await kubectl.output(['get', 'ns']);
      await organisation.stopAgent();
      await expect
        .poll(async () => (await kubectl.run(['get', 'ns'])).stderr, { timeout: 10_000 })
        .toContain('cluster "dev" is offline');
      await organisation.stopController();
      await expect
        .poll(async () => (await kubectl.run(['get', 'ns'])).stderr, { timeout: 15_000 })
        .toContain('no connection to its controller');
      const { sessions } = await machine.json<{ sessions: { cluster: string }[] }>(['sessions']);
      expect(sessions).toMatchObject([{ cluster: 'dev' }]);
    } finally {
      await machine.close();
    }
  });

  it('YAML that is none, for admin apply and for the controller', async () => {
    await using organisation = await startSmallOrganisation();
    const machine = await Workstation.start(organisation.controllerUrl);
    try {
      await machine.signIn(alice);
      const file = join(machine.home, 'policy.yaml');
      const before = (await machine.postern(['admin', 'get', '-o', 'yaml'])).stdout;
      for (const [content, says] of [
        ['kind: [Role', /line|1/],
        ['apiVersion: postern.dev/v1\nkind: Role\nmetadata: { name: x }\nspec: { clusterRol: view }\n', /clusterRol/],
      ] as const) {
        await writeFile(file, content);
        const refused = await machine.postern(['admin', 'apply', '-f', file, '-o', 'json']);
        expect(refused.exitCode).toBe(1);
        expect(problemOf(refused)).toMatchObject({
          code: 'POSTERN_POLICY_INVALID',
          message: expect.stringMatching(says),
        });
      }
      expect((await machine.postern(['admin', 'get', '-o', 'yaml'])).stdout).toBe(before);

      const config = join(machine.home, 'controller.yaml');
      for (const [content, says] of [
        ['organisation: [acme', 'controller.yaml:1'],
        ['organisation: acme\ndataDir: x\noidc:\n  isuer: https://x\n', 'controller.yaml:4: oidc.isuer'],
      ] as const) {
        await writeFile(config, content);
        const controller = start(process.execPath, [
          join(repository, 'server-mock/controller/main.ts'),
          '--config',
          config,
        ]);
        expect(await controller.ended).toBe(1);
        expect(controller.stderr()).toContain('POSTERN_CONFIG_INVALID');
        expect(controller.stderr()).toContain(says);
      }
    } finally {
      await machine.close();
    }
  });

  it('a second login joins the one under way, says so, and leaves it alone when interrupted', async () => {
    await using organisation = await startSmallOrganisation();
    const machine = await Workstation.start(organisation.controllerUrl);
    try {
      const first = startPostern(['login', '--no-browser', '-o', 'json'], machine.env);
      const [line] = await first.until(/^\{.*"url":.*\}$/m);
      const second = startPostern(['login', '--device'], machine.env);
      const { url } = JSON.parse(line) as { url: string };
      await second.until(/https?:\/\/\S+/);
      expect(second.stderr()).toContain('A sign-in is under way already');
      expect(second.stdout()).toContain(url);
      expect(await second.stop('SIGINT')).toBe(1);
      await logInAtIdp(url, bob);
      expect(await first.ended).toBe(0);
    } finally {
      await machine.close();
    }
  });
});
