import { expect, it } from 'vitest';
import { terminalKey } from './terminal-keys.ts';

const press = (key: string, held: string[] = []) =>
  terminalKey({
    key,
    altKey: held.includes('alt'),
    shiftKey: held.includes('shift'),
    ctrlKey: held.includes('ctrl'),
    metaKey: held.includes('meta'),
  });

it.each(['c', 'd', 'k', 'r', 'w', 'z', 'f'])('Ctrl+%s is left to the shell', (key) => {
  expect(press(key, ['ctrl'])).toBeNull();
});

it.each(['b', 'f', 'd', '.', '1'])('Alt+%s is left to the shell', (key) => {
  expect(press(key, ['alt'])).toBeNull();
});

it('the keys of the interface are its own', () => {
  expect(press('T', ['alt', 'shift'])).toBe('new');
  expect(press('W', ['alt', 'shift'])).toBe('close');
  expect(press('ArrowRight', ['alt', 'shift'])).toBe('next');
  expect(press('F', ['ctrl', 'shift'])).toBe('find');
  expect(press('C', ['ctrl', 'shift'])).toBe('copy');
});
