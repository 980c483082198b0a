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
