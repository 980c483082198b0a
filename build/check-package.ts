import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Bundle, bundleProblems, externalImports } from './bundle-contents.ts';
import { repository } from './program.ts';

/**
 * `npm run package:check`: whether `npm run build` and build/electron-builder.yaml would make a whole package. It packs
 * nothing, since packing needs the Electron runtime.
 */
interface PackageConfiguration {
  files: string[];
  icon?: string;
  mac: { icon: string; entitlements: string; entitlementsInherit: string };
  win: { icon: string };
  linux: { icon: string };
  electronVersion: string;
}

const configurationFile = 'build/electron-builder.yaml';
const compiled = {
  electron: ['main.js', 'core-process.js', 'preload.cjs'],
  beside: [
    'icons/icon.png',
    'icons/tray.png',
    'icons/trayTemplate.png',
    'shell-integration/bash.sh',
    'shell-integration/fish.fish',
    'shell-integration/zsh/.zshrc',
  ],
};

const configuration = parse(await readFile(join(repository, configurationFile), 'utf8')) as PackageConfiguration;
const metadata = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};
const bundles = await readBundles();
const problems = [
  ...(await schemaProblems()),
  ...referenceProblems(),
  ...(await interfaceProblems()),
  ...externalProblems(),
  ...bundles.flatMap((bundle) => bundleProblems(bundle, [repository, homedir()])),
];
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exit(1);
process.stdout.write(
  `The package is complete: ${bundles.length} bundles, the interface, and ${configurationFile}. Packing itself needs the Electron runtime.\n`,
);

/** electron-builder's own validation; it is part of the library, and needs no runtime. */
async function schemaProblems(): Promise<string[]> {
  const require = createRequire(import.meta.url);
  const { validateConfiguration } = require('app-builder-lib/out/util/config/config.js') as {
    validateConfiguration(configuration: unknown, log: { isEnabled: boolean; add(): void }): Promise<void>;
  };
  try {
    await validateConfiguration(structuredClone(configuration), { isEnabled: false, add: () => undefined });
    return [];
  } catch (error) {
    return [`${configurationFile}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function referenceProblems(): string[] {
  const { mac, win, linux, electronVersion } = configuration;
  const referenced = [mac.icon, mac.entitlements, mac.entitlementsInherit, win.icon, linux.icon];
  const problems = [...new Set(referenced)]
    .filter((path) => !existsSync(join(repository, path)))
    .map((path) => `${configurationFile} names ${path}, which is not there`);
  if (electronVersion !== metadata.devDependencies.electron)
    problems.push(
      `${configurationFile} packs Electron ${electronVersion}, package.json has ${metadata.devDependencies.electron}`,
    );
  for (const path of [...compiled.electron, ...compiled.beside])
    if (!existsSync(join(repository, '.out/electron', path)))
      problems.push(`.out/electron/${path} is missing; run npm run build`);
  return problems;
}

/** The page, and all that it and its scripts and styles name beside themselves. */
async function interfaceProblems(): Promise<string[]> {
  const folder = join(repository, '.out/renderer');
  const page = await readFile(join(folder, 'index.html'), 'utf8').catch(() => undefined);
  if (page === undefined) return ['.out/renderer/index.html is missing; run npm run build'];
  const named = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path]) => path ?? '');
  return named
    .filter((path) => !existsSync(join(folder, path)))
    .map((path) => `.out/renderer/index.html names ${path}, which is not there`);
}

/** What a bundle loads at run time must be a production dependency, and be packed. */
function externalProblems(): string[] {
  return bundles.flatMap((bundle) =>
    externalImports(bundle.text).flatMap((name) => {
      if (name === 'electron') return [];
      const problems: string[] = [];
      if (!(name in metadata.dependencies))
        problems.push(`${bundle.name} loads ${name}, which is no production dependency`);
      if (!configuration.files.some((pattern) => pattern.startsWith(`node_modules/${name.split('/')[0]}/`)))
        problems.push(`${bundle.name} loads ${name}, which ${configurationFile} does not pack`);
      return problems;
    }),
  );
}

async function readBundles(): Promise<Bundle[]> {
  const found: Bundle[] = [];
  for (const name of compiled.electron) {
    const path = join(repository, '.out/electron', name);
    if (existsSync(path)) found.push({ name, text: await readFile(path, 'utf8') });
  }
  return found;
}
