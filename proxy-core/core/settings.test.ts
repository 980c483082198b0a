import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { SettingsFile } from './settings.ts';
import { temporaryHome } from './testing-home.ts';

test('what was set is there at the next start', async () => {
  await using home = await temporaryHome();
  const first = await SettingsFile.open(home.folder.settings);
  await Promise.all([first.set({ colorScheme: 'dark' }), first.set({ terminalFontSize: 20 })]);
  const second = await SettingsFile.open(home.folder.settings);
  expect(second.current).toMatchObject({ colorScheme: 'dark', terminalFontSize: 20 });
});

test('a file that cannot be understood is set aside whole, and said so', async () => {
  await using home = await temporaryHome();
  await writeFile(home.folder.settings, '{"colorScheme": "dark", ');
  const settings = await SettingsFile.open(home.folder.settings);
  expect(settings.current.colorScheme).toBe('system');
  expect(settings.problem).toMatchObject({ code: 'POSTERN_STATE_UNREADABLE' });
  expect(await readFile(`${home.folder.settings}.unreadable`, 'utf8')).toBe('{"colorScheme": "dark", ');
});

test('one wrong field costs only itself', async () => {
  await using home = await temporaryHome();
  await writeFile(home.folder.settings, '{"colorScheme":"dark","terminalFontSize":900}');
  const settings = await SettingsFile.open(home.folder.settings);
  expect(settings.current).toMatchObject({ colorScheme: 'dark', terminalFontSize: 13 });
  expect(settings.problem).not.toBeNull();
});

test('a field that a later version wrote is no problem', async () => {
  await using home = await temporaryHome();
  await writeFile(home.folder.settings, '{"colorScheme":"light","futureField":1}');
  const settings = await SettingsFile.open(home.folder.settings);
  expect(settings.current.colorScheme).toBe('light');
  expect(settings.problem).toBeNull();
});
