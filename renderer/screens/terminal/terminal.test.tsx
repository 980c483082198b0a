import { MantineProvider } from '@mantine/core';
import { act, render, screen, waitFor, within } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { callsOf, renderApp } from '../../app/render-app.tsx';
import { StoresContext } from '../../stores/stores.ts';
import { FindBar } from './FindBar.tsx';
import type { TerminalView } from './terminal-view.ts';

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

it('the status line does not claim that a cluster is online while the core is away', async () => {
  const { fake, user } = await renderApp();
  await user.click(screen.getByRole('button', { name: 'Open terminal on staging' }));
  expect(await screen.findByText('Online')).toBeTruthy();
  act(() => fake.loseLink(new Date(Date.now() + 9_000)));
  expect(await screen.findByText('Last seen online')).toBeTruthy();
});

it('the tab that comes to the front is brought into view', async () => {
  const scrolled = vi.spyOn(Element.prototype, 'scrollIntoView');
  const { user } = await renderApp();
  await user.click(screen.getByRole('button', { name: 'Open terminal on staging' }));
  const tab = await screen.findByRole('tab', { name: /^staging/, selected: true });
  expect(scrolled.mock.instances).toContain(tab);
});

it('the hint of the new terminal button makes room for its menu', async () => {
  const { user } = await renderApp();
  await user.click(screen.getByRole('button', { name: 'Open terminal on staging' }));
  const button = await screen.findByRole('button', { name: 'New terminal' });
  await user.hover(button);
  expect(await screen.findByRole('tooltip')).toBeTruthy();
  await user.click(button);
  expect(await screen.findByRole('menuitem', { name: 'acme/prod' })).toBeTruthy();
  await waitFor(() => expect(screen.queryByRole('tooltip')).toBeNull());
});

it('a search that finds nothing says so in words', async () => {
  const { stores, user } = await renderApp();
  const search = { findPrevious: () => false, findNext: () => false, clearDecorations() {} };
  render(
    <MantineProvider env="test">
      <StoresContext value={stores}>
        <FindBar view={{ search } as unknown as TerminalView} />
      </StoresContext>
    </MantineProvider>,
  );
  await user.type(screen.getByRole('textbox', { name: 'Find in the terminal' }), 'nowhere');
  expect(screen.getByText('No match')).toBeTruthy();
  await user.clear(screen.getByRole('textbox', { name: 'Find in the terminal' }));
  expect(screen.queryByText('No match')).toBeNull();
});

it('the empty screen offers a terminal on each cluster that is online', async () => {
  await renderApp({ at: '#/terminal' });
  expect(screen.getByRole('button', { name: 'Open terminal on prod' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Open terminal on edge-munich' })).toBeNull();
});
