import { act, render, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { connectFake } from '../bridge/fake.ts';
import { createStores } from '../stores/stores.ts';
import { App } from './App.tsx';
import { renderApp } from './render-app.tsx';

const places = [
  { name: 'first run', scenario: 'first-run', at: '' },
  { name: 'sign-in', scenario: 'signed-out', at: '' },
  { name: 'clusters', scenario: 'signed-in', at: '#/clusters' },
  { name: 'terminal', scenario: 'signed-in', at: '#/terminal' },
  { name: 'session log', scenario: 'signed-in', at: '#/session-log' },
  { name: 'settings', scenario: 'signed-in', at: '#/settings' },
];

describe.each(places)('the screen $name', ({ scenario, at }) => {
  it('has one title and one main region, and a name on everything that can be pressed', async () => {
    await renderApp({ scenario, at });
    if (at === '#/session-log') await screen.findByRole('treegrid');
    expect(screen.getAllByRole('heading', { level: 1 })).toHaveLength(1);
    expect(screen.getAllByRole('main')).toHaveLength(1);
    for (const role of ['button', 'link', 'textbox', 'searchbox', 'switch', 'radio', 'combobox', 'listbox']) {
      expect(screen.queryAllByRole(role, { name: '' })).toEqual([]);
    }
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });
});

it('the navigation names its links and marks the present one', async () => {
  const { user } = await renderApp();
  const links = within(screen.getByRole('navigation', { name: 'Main' })).getAllByRole('link');
  expect(links.map((link) => link.getAttribute('aria-label'))).toEqual([
    'Clusters',
    'Terminal',
    'Session log',
    'Settings',
  ]);
  await user.click(screen.getByRole('link', { name: 'Settings' }));
  await waitFor(() => expect(screen.getByRole('link', { name: 'Settings' }).getAttribute('aria-current')).toBe('page'));
});

it('the focus moves to the title when the screen changes', async () => {
  const { user } = await renderApp();
  await user.click(screen.getByRole('link', { name: 'Settings' }));
  await waitFor(() => expect(document.activeElement?.textContent).toBe('Settings'));
  expect(document.activeElement?.tagName).toBe('H1');
  expect(document.title).toBe('Settings · Postern');
});

it('the first stop of the Tab key skips to the content', async () => {
  const { user } = await renderApp();
  await user.tab();
  expect(document.activeElement?.textContent).toBe('Skip to content');
  await user.keyboard('{Enter}');
  expect(document.activeElement?.id).toBe('main');
});

it('screens are reached with g and a letter, but not while typing', async () => {
  const { user } = await renderApp();
  await user.keyboard('gs');
  expect(await screen.findByRole('heading', { name: 'Settings', level: 1 })).toBeTruthy();
  await user.keyboard('gc');
  await user.type(await screen.findByRole('searchbox', { name: 'Filter clusters' }), 'gs');
  expect(screen.getByRole('heading', { name: 'Clusters', level: 1 })).toBeTruthy();
});

it('the slash goes to the filter', async () => {
  const { user } = await renderApp();
  await user.keyboard('/');
  expect(document.activeElement).toBe(screen.getByRole('searchbox', { name: 'Filter clusters' }));
});

it('the command palette opens a terminal by its name', async () => {
  const { fake, user } = await renderApp();
  await user.keyboard('{Control>}k{/Control}');
  await user.type(await screen.findByRole('textbox', { name: 'Command palette' }), 'terminal on staging{Enter}');
  await waitFor(() => expect(fake.calls.some(({ name }) => name === 'terminals.open')).toBe(true));
});

it('the command palette offers the other appearance, whoever chose the present one', async () => {
  const { fake, user } = await renderApp();
  act(() => fake.change({ settings: { ...fake.state.settings, colorScheme: 'dark' } }));
  await user.keyboard('{Control>}k{/Control}');
  await user.type(await screen.findByRole('textbox', { name: 'Command palette' }), 'appearance{Enter}');
  expect(fake.calls.findLast(({ name }) => name === 'settings.set')?.input).toEqual({ colorScheme: 'light' });
});

it('a lost core is said once, with the last known state left readable', async () => {
  const { fake } = await renderApp();
  act(() => fake.loseLink(new Date(Date.now() + 9_000)));
  expect(await screen.findByText('The Postern core stopped answering.')).toBeTruthy();
  expect(screen.getByText(/Trying again in [89] s/)).toBeTruthy();
  expect(screen.getByRole('listitem', { name: 'prod' })).toBeTruthy();
  act(() => fake.restoreLink());
  await waitFor(() => expect(screen.queryByText('The Postern core stopped answering.')).toBeNull());
});

it('a core that stays away is said to need a new address, with the command that prints one', async () => {
  const { fake } = await renderApp();
  act(() => fake.loseLink(new Date(Date.now() + 4_000), new Date(Date.now() - 6_000)));
  expect(await screen.findByText(/this page cannot follow it/)).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Copy command: postern ui' })).toBeTruthy();
  expect(screen.queryByText(/Trying again in/)).toBeNull();
  expect(screen.getByRole('listitem', { name: 'prod' })).toBeTruthy();
});

it('a core that never answered is said with the command that gets another address', async () => {
  const fake = connectFake();
  fake.loseLink(new Date(Date.now() + 4_000));
  const stores = createStores(fake, window);
  render(<App stores={stores} env="test" />);
  expect(await screen.findByRole('heading', { level: 1, name: 'Postern’s core does not answer' })).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Copy command: postern ui' })).toBeTruthy();
  stores.stop();
});

it('a controller that cannot be reached is said with the time of the next attempt', async () => {
  await renderApp({ scenario: 'waiting' });
  expect(screen.getByText('Nothing answers at postern.acme.example:7400.')).toBeTruthy();
  expect(screen.getByText(/Trying again in 2[0-9] s/)).toBeTruthy();
});
