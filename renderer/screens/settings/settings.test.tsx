import { screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { callsOf, renderApp } from '../../app/render-app.tsx';

it('merging the kubeconfig says what it touched', async () => {
  const { fake, user } = await renderApp({ at: '#/settings' });
  await user.click(screen.getByRole('switch', { name: /Add the contexts to kubectl’s own file/ }));
  expect(callsOf(fake, 'kubeconfig.write')).toEqual([{ merge: true }]);
  expect(await screen.findByText('/home/alice/.kube/config')).toBeTruthy();
});

it('an empty kubeconfig says when it fills', async () => {
  await renderApp({ at: '#/settings', scenario: 'signed-out' });
  expect(screen.getByText(/^Empty; your contexts are written as soon as/)).toBeTruthy();
});

it('the appearance follows the setting', async () => {
  const { user } = await renderApp({ at: '#/settings' });
  await user.click(screen.getByRole('radio', { name: 'Dark' }));
  await waitFor(() => expect(document.documentElement.dataset.mantineColorScheme).toBe('dark'));
});

it('the controller can be changed only while signed out', async () => {
  const { fake, user, unmount } = await renderApp({ at: '#/settings' });
  expect(screen.queryByLabelText('Controller URL')).toBeNull();
  unmount();
  expect(fake.calls.length).toBeGreaterThan(0);
  const out = await renderApp({ at: '#/settings', scenario: 'first-run' });
  await user.type(screen.getByLabelText('Controller URL'), 'https://other.test:7400');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(callsOf(out.fake, 'settings.set')).toEqual([{ controllerUrl: 'https://other.test:7400' }]);
});

it('emulated clusters are one quiet line, not a warning each', async () => {
  const { fake } = await renderApp({ at: '#/settings' });
  fake.change({
    warnings: ['Development', 'Production'].map((name) => ({
      code: 'POSTERN_CLUSTER_EMULATED',
      message: `${name} is Postern’s emulation of a cluster, not Kubernetes`,
      hint: null,
    })),
  });
  expect(await screen.findByText(/^dev and prod are emulated/)).toBeTruthy();
  expect(screen.queryByText(/emulation of a cluster/)).toBeNull();
});

it('a warning that was put away is still read here', async () => {
  const { user } = await renderApp({ scenario: 'no-keychain' });
  expect(screen.getByRole('button', { name: 'One more warning' })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: /^Dismiss: There is no keychain/ }));
  expect(screen.queryByText(/There is no keychain/)).toBeNull();
  await user.click(screen.getByRole('link', { name: 'Settings' }));
  expect(await screen.findByText(/There is no keychain/)).toBeTruthy();
});
