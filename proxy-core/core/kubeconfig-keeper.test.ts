import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { KubeconfigFile } from '../kubeconfig/index.ts';
import { dev, lease } from '../kubeconfig/testing-lease.ts';
import { systemClock } from '../tunnel/index.ts';
import { KubeconfigKeeper } from './kubeconfig-keeper.ts';
import { silent, temporaryHome } from './testing-home.ts';

test('where kubectl’s file is our own, the end of the merge takes nothing out', async () => {
  await using home = await temporaryHome();
  const file = () => new KubeconfigFile({ path: home.folder.kubeconfig, installation: 'i1' });
  const keeper = new KubeconfigKeeper({
    own: file(),
    kubectl: file(),
    onChange: () => undefined,
    isMerged: false,
    noteMerge: async () => undefined,
    clock: systemClock,
    logger: silent,
  });
  for (const merge of [true, false]) {
    keeper.want(lease([dev]), merge);
    await keeper.settled();
    expect(keeper.state).toEqual({ path: home.folder.kubeconfig, mergedInto: null, contexts: ['acme/dev'] });
    expect(await readFile(home.folder.kubeconfig, 'utf8')).toContain('acme/dev');
  }
  await keeper.close();
});

test.each([0, 1, 2, 3, 4, 5])('a wish that comes %i microtasks after a write is not lost', async (count) => {
  await using home = await temporaryHome();
  let isFirst = true;
  const keeper = new KubeconfigKeeper({
    own: new KubeconfigFile({ path: home.folder.kubeconfig, installation: 'i1' }),
    kubectl: new KubeconfigFile({ path: home.folder.kubectlConfig, installation: 'i1' }),
    onChange() {
      if (isFirst) signOutAfter(count);
      isFirst = false;
    },
    isMerged: false,
    noteMerge: async () => undefined,
    clock: systemClock,
    logger: silent,
  });
  const signOutAfter = (microtasks: number): void => {
    if (microtasks === 0) keeper.want(undefined, false);
    else queueMicrotask(() => signOutAfter(microtasks - 1));
  };
  keeper.want(lease([dev]), false);
  await keeper.settled();
  await new Promise(setImmediate);
  await keeper.settled();
  expect(await readFile(home.folder.kubeconfig, 'utf8')).not.toContain('acme/dev');
  await keeper.close();
});
