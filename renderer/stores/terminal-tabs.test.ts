import { expect, it } from 'vitest';
import { frontTerminal, tabTitles } from './terminal-tabs.ts';

it('the newest terminal is in front until another is chosen', () => {
  const terminals = [{ id: 'a' }, { id: 'b' }];
  expect(frontTerminal(null, terminals)).toBe('b');
  expect(frontTerminal('a', terminals)).toBe('a');
  expect(frontTerminal('gone', terminals)).toBe('b');
  expect(frontTerminal('a', [])).toBeNull();
  expect(frontTerminal('coming', terminals, { coming: true })).toBe('coming');
});

it('terminals of the same title are told apart by a number', () => {
  const titles = tabTitles([
    { id: 'a', title: 'acme/dev' },
    { id: 'b', title: 'acme/prod' },
    { id: 'c', title: 'acme/dev' },
  ]);
  expect([...titles.values()]).toEqual(['acme/dev', 'acme/prod', 'acme/dev 2']);
});
