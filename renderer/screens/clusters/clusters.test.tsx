import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { PosternError } from '../../../proxy-core/contract/errors.ts';
import { callsOf, renderApp } from '../../app/render-app.tsx';

describe('the clusters', () => {
  it('are listed by name with status, latency, version and labels', async () => {
    const { cluster } = await renderApp();
    const names = within(screen.getByRole('list', { name: 'Clusters' }))
      .getAllByRole('heading', { level: 2 })
      .map((heading) => heading.textContent);
    expect(names).toEqual(['dev', 'prod', 'staging', 'edge-munich']);
    expect(cluster('prod').getByText('Online')).toBeTruthy();
    expect(cluster('prod').getByText('19 ms')).toBeTruthy();
    expect(cluster('prod').getByText('v1.34.1')).toBeTruthy();
    expect(cluster('prod').getByText('region=eu-central')).toBeTruthy();
    expect(cluster('edge-munich').getByText(/^Offline, last seen/)).toBeTruthy();
  });

  it('say which of them are emulated and which skip verification', async () => {
    const { cluster } = await renderApp();
    expect(cluster('dev').getByText('Emulated')).toBeTruthy();
    expect(cluster('staging').queryByText('Emulated')).toBeNull();
    expect(cluster('staging').getByText('TLS not verified')).toBeTruthy();
  });

  it('do not claim to be online while the controller cannot be reached', async () => {
    const { cluster } = await renderApp({ scenario: 'waiting' });
    expect(cluster('prod').getByText('Last seen online')).toBeTruthy();
    expect(screen.getByText('4 clusters')).toBeTruthy();
  });

  it('are counted by how many are online', async () => {
    await renderApp();
    expect(screen.getByText('3 of 4 online')).toBeTruthy();
  });

  it('are filtered by every word, in names, labels and roles', async () => {
    const { user } = await renderApp();
    await user.type(screen.getByRole('searchbox', { name: 'Filter clusters' }), 'env=prod viewer');
    expect(screen.getAllByRole('listitem', { name: /.+/ }).map((item) => item.getAttribute('aria-label'))).toEqual(
      expect.arrayContaining(['prod', 'edge-munich']),
    );
    expect(screen.queryByRole('listitem', { name: 'dev' })).toBeNull();
  });

  it('say how to go on when the filter matches none', async () => {
    const { user } = await renderApp();
    await user.type(screen.getByRole('searchbox', { name: 'Filter clusters' }), 'nowhere');
    await user.click(screen.getByRole('button', { name: 'Clear the filter' }));
    expect(screen.getByRole('listitem', { name: 'dev' })).toBeTruthy();
  });

  it('name the groups of a person to whom none is granted', async () => {
    await renderApp({ scenario: 'no-clusters' });
    expect(screen.getByText(/platform-admins, developers, and no grant names them/)).toBeTruthy();
  });

  it('change as the core says, without a reload', async () => {
    const { fake, cluster } = await renderApp();
    fake.change({
      clusters: fake.state.clusters.map((known) => (known.name === 'dev' ? { ...known, status: 'offline' } : known)),
    });
    await waitFor(() => expect(cluster('dev').getByText(/^Offline/)).toBeTruthy());
  });
});

describe('connecting', () => {
  it('takes one click and shows the command and the kubeconfig', async () => {
    const { fake, user, cluster } = await renderApp();
    await user.click(screen.getByRole('button', { name: 'Connect to staging' }));
    expect(callsOf(fake, 'clusters.connect')).toEqual([{ cluster: 'staging', role: 'editor' }]);
    expect(
      await cluster('staging').findByRole('button', {
        name: 'Copy command: kubectl --kubeconfig /home/alice/.kube/postern.yaml --context acme/staging get namespaces',
      }),
    ).toBeTruthy();
    expect(
      cluster('staging').getByRole('button', { name: 'Copy kubeconfig path: /home/alice/.kube/postern.yaml' }),
    ).toBeTruthy();
    expect(cluster('staging').getByRole('button', { name: 'Disconnect from staging' })).toBeTruthy();
  });

  it('asks for the reason first where the grant wants one', async () => {
    const { fake, user } = await renderApp();
    await user.click(screen.getByRole('button', { name: 'Role on prod: viewer' }));
    await user.click(await screen.findByRole('menuitemradio', { name: /^admin/ }));
    await user.click(screen.getByRole('button', { name: 'Connect to prod' }));
    const start = await screen.findByRole('button', { name: 'Start session' });
    expect(start).toHaveProperty('disabled', true);
    await user.type(screen.getByLabelText('Reason'), 'INC-4211');
    await user.click(start);
    expect(callsOf(fake, 'clusters.connect')).toEqual([{ cluster: 'prod', role: 'admin', reason: 'INC-4211' }]);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('is not offered on a cluster that is offline', async () => {
    const { fake, user } = await renderApp();
    await user.click(screen.getByRole('button', { name: 'Connect to edge-munich' }));
    expect(callsOf(fake, 'clusters.connect')).toEqual([]);
  });

  it('shows what failed, with its hint and code', async () => {
    const { fake, user } = await renderApp();
    fake.failNext(
      'clusters.connect',
      new PosternError('POSTERN_CLUSTER_OFFLINE', 'No agent of staging is connected', {
        hint: 'try again in a moment',
      }),
    );
    await user.click(screen.getByRole('button', { name: 'Connect to staging' }));
    expect(await screen.findByText('No agent of staging is connected')).toBeTruthy();
    expect(screen.getByText(/Try again in a moment/)).toBeTruthy();
    expect(screen.getByText('POSTERN_CLUSTER_OFFLINE')).toBeTruthy();
  });

  it('ends only after the person has read what stops', async () => {
    const { fake, user } = await renderApp();
    await user.click(screen.getByRole('button', { name: 'Disconnect from dev' }));
    const dialog = await screen.findByRole('dialog');
    expect(dialog.textContent).toContain('running commands: watches, log follows, exec and port-forwards end');
    expect(callsOf(fake, 'clusters.disconnect')).toEqual([]);
    await user.click(within(dialog).getByRole('button', { name: 'Disconnect' }));
    expect(callsOf(fake, 'clusters.disconnect')).toEqual([{ cluster: 'dev', role: 'editor' }]);
    expect(await screen.findByRole('button', { name: 'Connect to dev' })).toBeTruthy();
  });
});
