import { expect, it } from 'vitest';
import { addressOf, type Location, parseLocation } from './location.ts';

it.each<Location>([
  { screen: 'clusters' },
  { screen: 'terminal', terminal: null },
  { screen: 'terminal', terminal: 'a/b c' },
  { screen: 'session-log', session: '0192f4c0-0001-7000-8000-000000000001' },
  { screen: 'settings' },
])('the address of $screen leads back to it', (location) => {
  expect(parseLocation(addressOf(location))).toEqual(location);
});

it.each(['', '#', '#/', '#/nowhere', '#//x'])('%j leads to the clusters', (hash) => {
  expect(parseLocation(hash)).toEqual({ screen: 'clusters' });
});

it('an id that cannot be decoded is no id', () => {
  expect(parseLocation('#/terminal/%E0%A4')).toEqual({ screen: 'terminal', terminal: null });
});
