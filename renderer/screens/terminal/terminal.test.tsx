import { screen, within } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { callsOf, renderApp } from '../../app/render-app.tsx';

// xterm draws on a canvas, which the test DOM has not; the end-to-end tests see it at work.
vi.mock('./TerminalPane.tsx', () => ({ default: () => null }));

it('a terminal opened on a cluster comes to the front with its context', async () => {
  const { fake, user } = await renderApp();
  await user.click(screen.getByRole('button', { name: 'Open terminal on dev' }));
  expect(callsOf(fake, 'terminals.open')).toEqual([{ context: 'acme/dev+editor', columns: 120, rows: 32 }]);
  expect(await screen.findByRole('tab', { name: /^dev\+editor/, selected: true })).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Copy context: acme/dev+editor' })).toBeTruthy();
});

it('no other terminal takes the keyboard while a new one is on its way', async () => {
  const { user } = await renderApp({ terminalAppearsAfterMs: 150 });
  await user.click(screen.getByRole('button', { name: 'Open terminal on dev' }));
  await screen.findByRole('tab', { name: /^dev\+editor/, selected: true });
  await user.click(screen.getByRole('link', { name: 'Clusters' }));
  await user.click(await screen.findByRole('button', { name: 'Open terminal on staging' }));
  await screen.findByRole('tab', { name: /^dev\+editor/, selected: false });
  expect(await screen.findByRole('tab', { name: /^staging/, selected: true })).toBeTruthy();
});

it('an ended shell says its exit code, and can be opened again', async () => {
  const { fake, user } = await renderApp();
  await user.click(screen.getByRole('button', { name: 'Open terminal on staging' }));
  await screen.findByRole('tab', { name: /^staging/ });
  fake.change({ terminals: fake.state.terminals.map((terminal) => ({ ...terminal, exitCode: 3 })) });
  expect(await screen.findByText('The shell on acme/staging exited with code 3')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Reopen' }));
  expect(callsOf(fake, 'terminals.open')).toHaveLength(2);
  expect(callsOf(fake, 'terminals.close')).toEqual([{ id: 'terminal-1' }]);
});

it('closing a running shell asks first and names it', async () => {
  const { fake, user } = await renderApp();
  await user.click(screen.getByRole('button', { name: 'Open terminal on staging' }));
  await user.click(await screen.findByRole('button', { name: 'Close terminal' }));
  const dialog = await screen.findByRole('dialog');
  expect(dialog.textContent).toContain('The shell on acme/staging is still running');
  await user.click(within(dialog).getByRole('button', { name: 'Close terminal' }));
  expect(callsOf(fake, 'terminals.close')).toEqual([{ id: 'terminal-1' }]);
  expect(await screen.findByText('No terminal open')).toBeTruthy();
});

it('the empty screen offers a terminal on each cluster that is online', async () => {
  await renderApp({ at: '#/terminal' });
  expect(screen.getByRole('button', { name: 'Open terminal on prod' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Open terminal on edge-munich' })).toBeNull();
});
