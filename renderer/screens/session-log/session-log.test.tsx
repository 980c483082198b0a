import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { callsOf, renderApp } from '../../app/render-app.tsx';
import { fakeId } from '../../bridge/fake/people.ts';
import { openSessionId } from '../../bridge/fake.ts';

const prodSession = `#/session-log/${fakeId(1, 2)}`;

describe('the session log', () => {
  it('shows the newest session and its commands', async () => {
    await renderApp({ at: '#/session-log' });
    expect(await screen.findByRole('option', { name: 'dev as editor, active', selected: true })).toBeTruthy();
    expect(await screen.findByRole('row', { name: /kubectl logs -f deployment\/checkout/ })).toBeTruthy();
  });

  it('opens a command to its requests', async () => {
    const { user } = await renderApp({ at: prodSession });
    await user.click(await screen.findByRole('row', { name: /kubectl describe pod/, expanded: false }));
    expect(await screen.findByRole('row', { name: /get\s+pods checkout-7d9c6b5f4-x2x8k/ })).toBeTruthy();
    expect(screen.getByRole('row', { name: /kubectl describe pod/, expanded: true })).toBeTruthy();
  });

  it('tells all about a denied request, and which grant would allow it', async () => {
    const { user } = await renderApp({ at: prodSession });
    await user.click(await screen.findByRole('row', { name: /kubectl delete pod/ }));
    await user.click(await screen.findByRole('row', { name: /delete\s+pods checkout.*403/ }));
    const drawer = within(await screen.findByRole('dialog'));
    expect(drawer.getByRole('region', { name: 'Decision' }).textContent).toContain(
      'grant "platform-admin" (role admin) would',
    );
    expect(drawer.getByRole('button', { name: /^Copy audit id: 0192f4c0/ })).toBeTruthy();
    expect(drawer.getByText('Gateway')).toBeTruthy();
  });

  it('is read with the arrow keys', async () => {
    const { user } = await renderApp({ at: prodSession });
    const first = await screen.findByRole('row', { name: /kubectl describe pod/ });
    first.focus();
    await user.keyboard('{ArrowRight}');
    expect(await screen.findByRole('row', { name: /list\s+events/ })).toBeTruthy();
    await user.keyboard('{ArrowLeft}');
    await waitFor(() => expect(screen.queryByRole('row', { name: /list\s+events/ })).toBeNull());
  });

  it('shows a command as it happens', async () => {
    const { fake } = await renderApp({ at: `#/session-log/${openSessionId}` });
    await screen.findByRole('row', { name: /kubectl logs/ });
    fake.logEvent({
      kind: 'command',
      command: {
        id: 'live-1',
        sessionId: openSessionId,
        label: 'stated',
        title: 'kubectl get',
        commandLine: 'kubectl get secrets',
        tool: 'kubectl',
        startedAt: new Date().toISOString(),
        endedAt: null,
        outcome: 'running',
        requestCount: 1,
      },
    });
    expect(await screen.findByRole('row', { name: /kubectl get secrets.*Running/ })).toBeTruthy();
  });

  it('draws only the sessions in view, however many there are', async () => {
    await renderApp({ at: '#/session-log' });
    await screen.findByRole('option', { name: 'dev as editor, active' });
    expect(screen.getAllByRole('option').length).toBeLessThan(40);
  });

  it('searches in the core, where all sessions are', async () => {
    const { fake, user } = await renderApp({ at: '#/session-log' });
    await user.type(await screen.findByRole('searchbox', { name: 'Search sessions' }), 'INC-4211');
    await waitFor(() => expect(callsOf(fake, 'sessions.list').at(-1)).toEqual({ limit: 100, search: 'INC-4211' }));
    expect(await screen.findAllByText('INC-4211, checkout pods restart since 09:40')).not.toHaveLength(0);
  });

  it('shows only the denied commands when asked', async () => {
    const { user } = await renderApp({ at: prodSession });
    await screen.findByRole('row', { name: /kubectl delete pod/ });
    await user.click(screen.getByRole('radio', { name: 'Denied' }));
    expect(await screen.findByRole('heading', { name: '1 command' })).toBeTruthy();
    expect(screen.queryByRole('row', { name: /kubectl get pods/ })).toBeNull();
  });

  it('ends a session only after naming what stops', async () => {
    const { fake, user } = await renderApp({ at: '#/session-log' });
    await user.click(await screen.findByRole('button', { name: 'End session on dev' }));
    const dialog = await screen.findByRole('dialog');
    expect(dialog.textContent).toContain('alice@acme.example’s session as editor on dev');
    await user.click(within(dialog).getByRole('button', { name: 'End session' }));
    expect(callsOf(fake, 'sessions.end')).toEqual([{ id: openSessionId }]);
    expect(await screen.findByText('Ended: disconnected')).toBeTruthy();
  });

  it('says what to do when there is nothing yet', async () => {
    await renderApp({ scenario: 'empty-log', at: '#/session-log' });
    expect(await screen.findByText('No sessions yet')).toBeTruthy();
    expect(screen.queryByText('No session chosen')).toBeNull();
    expect(screen.queryByRole('searchbox')).toBeNull();
    expect(screen.getByRole('link', { name: 'Go to clusters' }).getAttribute('href')).toBe('#/clusters');
  });

  it('says so when nothing matches, and takes the filters away', async () => {
    const { user } = await renderApp({ at: '#/session-log' });
    await user.type(await screen.findByRole('searchbox', { name: 'Search sessions' }), 'no such thing');
    await user.click(await screen.findByRole('button', { name: 'Clear the filters' }));
    expect(await screen.findByRole('option', { name: 'dev as editor, active' })).toBeTruthy();
  });

  it('tells when a request began in relation to now, and exactly', async () => {
    const { user } = await renderApp({ at: prodSession });
    await user.click(await screen.findByRole('row', { name: /kubectl delete pod/ }));
    await user.click(await screen.findByRole('row', { name: /delete\s+pods checkout.*403/ }));
    const drawer = within(await screen.findByRole('dialog'));
    expect(drawer.getByText(/min ago$/)).toBeTruthy();
    expect(drawer.getByText(/^\d{1,2} \w+ \d{4}, \d{2}:\d{2}:\d{2} \S+$/)).toBeTruthy();
  });
});
