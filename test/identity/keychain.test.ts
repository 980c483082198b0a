import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { hasKeyring, startKeyring } from '../support/keyring.ts';

const run = promisify(execFile);
const secretStore = fileURLToPath(new URL('../../proxy-core/identity/secret-store.ts', import.meta.url));

/** In a process of its own, since libsecret reads the bus address from the environment once. */
async function inProcess(env: Record<string, string | undefined>, body: string): Promise<unknown> {
  const script = `
    const { openSecretStore } = await import(${JSON.stringify(secretStore)});
    let warned = false;
    const store = await openSecretStore({ service: 'postern-test', warn: () => { warned = true; } });
    const result = await (async () => { ${body} })();
    console.log(JSON.stringify({ kind: store.kind, warned, result }));
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout);
}

describe.skipIf(!hasKeyring)('secrets in a real keyring', () => {
  it('outlive the process, and are gone once removed', async () => {
    await using keyring = await startKeyring().then((started) => ({
      ...started,
      [Symbol.asyncDispose]: started.close,
    }));
    await inProcess(keyring.env, `await store.write('refresh-token', 'kept')`);
    expect(await inProcess(keyring.env, `return store.read('refresh-token')`)).toEqual({
      kind: 'keychain',
      warned: false,
      result: 'kept',
    });
    await inProcess(keyring.env, `await store.remove('refresh-token')`);
    expect(await inProcess(keyring.env, `return (await store.read('refresh-token')) ?? 'none'`)).toMatchObject({
      result: 'none',
    });
  });
});

describe.skipIf(!hasKeyring)('secrets where the keyring is locked and nobody can be asked for its password', () => {
  it('stay in memory, with a warning', async () => {
    await using keyring = await startKeyring().then((started) => ({
      ...started,
      [Symbol.asyncDispose]: started.close,
    }));
    await keyring.lock();
    const answer = await inProcess(
      keyring.env,
      `const before = store.kind;
       await store.write('refresh-token', 'kept');
       return { before, secret: await store.read('refresh-token') };`,
    );
    expect(answer).toEqual({ kind: 'memory', warned: true, result: { before: 'keychain', secret: 'kept' } });
  });
});

describe('secrets without a keyring', () => {
  it('stay in memory, with a warning and no file', async () => {
    const answer = await inProcess(
      { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' },
      `await store.write('refresh-token', 'kept'); return store.read('refresh-token')`,
    );
    expect(answer).toEqual({ kind: 'memory', warned: true, result: 'kept' });
  });
});
