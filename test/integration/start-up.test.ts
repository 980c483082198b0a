import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startPostern, Workstation } from '../support/postern.ts';
import { startSmallOrganisation } from '../support/small-organisation.ts';

/** Large packages that a start has no use for: each is loaded by what first needs it. */
const needless = [
  '@kubernetes/client-node',
  '@lydell/node-pty',
  '@orpc/openapi',
  '@peculiar/x509',
  'oidc-provider',
  'open',
  'openid-client',
];

/** Written down at exit: every package that a file was loaded from. */
const recorder = (list: string) => `
import { registerHooks } from 'node:module';
import { writeFileSync } from 'node:fs';
const packages = new Set();
registerHooks({
  load(url, context, next) {
    const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1];
    if (name) packages.add(name);
    return next(url, context);
  },
});
process.on('exit', () => writeFileSync(${JSON.stringify(list)}, JSON.stringify([...packages])));
`;

it('a start loads nothing that only a sign-in, a terminal or a new certificate needs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-start-up-'));
  await using organisation = await startSmallOrganisation();
  try {
    // The first start of all makes the local proxy's certificates.
    const machine = await Workstation.start(organisation.controllerUrl, join(folder, 'home'));
    await machine.core.stop();
    const list = join(folder, 'packages.json');
    const hooks = join(folder, 'recorder.mjs');
    await writeFile(hooks, recorder(list));
    const up = startPostern(['up', '-o', 'json'], { ...machine.env, NODE_OPTIONS: `--import=${hooks}` });
    await up.until(/^\{.*"ready":true.*\}$/m);
    expect(await up.stop()).toBe(0);
    const loaded = JSON.parse(await readFile(list, 'utf8')) as string[];
    expect(loaded).toContain('zod');
    expect(needless.filter((name) => loaded.includes(name))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
