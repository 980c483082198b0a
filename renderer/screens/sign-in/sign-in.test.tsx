import { screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { PosternError } from '../../../proxy-core/contract/errors.ts';
import { callsOf, renderApp } from '../../app/render-app.tsx';

describe('the first run', () => {
  it('asks for the controller URL and signs in with it', async () => {
    const { fake, user } = await renderApp({ scenario: 'first-run' });
    await user.type(screen.getByLabelText('Controller URL'), ' https://postern.test:7400#ca=sha256:abc ');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(callsOf(fake, 'identity.signIn')).toEqual([
      { method: 'browser', controllerUrl: 'https://postern.test:7400#ca=sha256:abc' },
    ]);
  });

  it('does not ask the core without a URL, and says what is missing', async () => {
    const { fake, user } = await renderApp({ scenario: 'first-run' });
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(screen.getByText('Paste the controller URL first')).toBeTruthy();
    expect(callsOf(fake, 'identity.signIn')).toEqual([]);
  });
});

describe('the sign-in', () => {
  it('shows the address to copy while the browser is open, and then the clusters', async () => {
    const { fake, user } = await renderApp({ scenario: 'signed-out' });
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByText('Finish signing in in your browser')).toBeTruthy();
    expect(screen.getByRole('button', { name: /^Copy sign-in address: https:\/\/login\.acme\.example/ })).toBeTruthy();
    fake.finishSignIn();
    expect(await screen.findByRole('list', { name: 'Clusters' })).toBeTruthy();
  });

  it('uses the controller it knows without asking for it again', async () => {
    const { fake, user } = await renderApp({ scenario: 'signed-out' });
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(callsOf(fake, 'identity.signIn')).toEqual([{ method: 'browser' }]);
  });

  it('can be cancelled, and can then be started again', async () => {
    const { fake, user } = await renderApp({ scenario: 'signed-out' });
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    await user.click(await screen.findByRole('button', { name: 'Cancel' }));
    expect(callsOf(fake, 'identity.cancelSignIn')).toHaveLength(1);
    expect(await screen.findByRole('button', { name: 'Sign in' })).toBeTruthy();
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('shows the code and the address for another device', async () => {
    const { user } = await renderApp({ scenario: 'signed-out' });
    await user.click(screen.getByRole('button', { name: 'Use another device' }));
    expect(await screen.findByRole('button', { name: 'Copy code: WDJB-MJHT' })).toBeTruthy();
    expect(screen.getByRole('button', { name: /^Copy verification address/ })).toBeTruthy();
    expect(await screen.findByText(/The code is valid for (9:5|10:0)/)).toBeTruthy();
  });

  it('says what to do with a code that has expired', async () => {
    const { user } = await renderApp({ scenario: 'signed-out' });
    await user.click(screen.getByRole('button', { name: 'Use another device' }));
    await screen.findByText(/The code is valid for/);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 601_000 });
    expect(
      await screen.findByText('The code has expired. Cancel, and use another device again for a new one.'),
    ).toBeTruthy();
    vi.useRealTimers();
  });

  it('says what failed, what to do about it, and the code', async () => {
    const { fake, user } = await renderApp({ scenario: 'signed-out' });
    fake.failNext(
      'identity.signIn',
      new PosternError('POSTERN_CONTROLLER_UNREACHABLE', 'Nothing answers at postern.acme.example:7400', {
        hint: 'check the network',
      }),
    );
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('The controller cannot be reached');
    expect(alert.textContent).toContain('Nothing answers at postern.acme.example:7400. Check the network.');
    expect(alert.textContent).toContain('POSTERN_CONTROLLER_UNREACHABLE');
  });

  it('tells a revoked person so', async () => {
    await renderApp({ scenario: 'revoked' });
    expect(screen.getByRole('alert').textContent).toContain('Your access was revoked');
  });

  it('leaves the session log and the settings readable without it', async () => {
    const { user } = await renderApp({ scenario: 'signed-out' });
    await user.click(screen.getByRole('link', { name: 'Session log' }));
    expect(await screen.findByRole('listbox', { name: 'Sessions' })).toBeTruthy();
    await user.click(screen.getByRole('link', { name: 'Settings' }));
    expect(await screen.findByRole('heading', { name: 'Settings', level: 1 })).toBeTruthy();
  });
});

describe('signing out', () => {
  it('names what stops before it does', async () => {
    const { fake, user } = await renderApp();
    await user.click(screen.getByRole('button', { name: /^Account menu/ }));
    await user.click(await screen.findByRole('menuitem', { name: 'Sign out' }));
    const dialog = await screen.findByRole('dialog');
    expect(dialog.textContent).toContain('1 session ends: dev as editor');
    expect(dialog.textContent).toContain('7 contexts are removed from /home/alice/.kube/postern.yaml');
    expect(callsOf(fake, 'identity.signOut')).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Sign out' }));
    expect(await screen.findByRole('heading', { name: 'Sign in to acme' })).toBeTruthy();
  });
});
