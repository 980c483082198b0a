import { cp, mkdir, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { build, type Plugin } from 'vite';

/** Compiles the desktop shell and the core's process into `.out/electron`: `node electron/build.ts`. */
const repository = join(import.meta.dirname, '..');
const out = join(repository, '.out/electron');

/** Loaded from node_modules at run time: they find their native parts beside themselves. */
const native = ['keytar', '@lydell/node-pty'];

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await bundle({ main: 'electron/main.ts' }, 'es');
await bundle({ 'core-process': 'proxy-core/core/core-process.ts' }, 'es');
await bundle({ preload: 'electron/preload.ts' }, 'cjs');
await cp(join(repository, 'proxy-core/terminal/shell-integration'), join(out, 'shell-integration'), {
  recursive: true,
});
await cp(join(repository, 'build/icons'), join(out, 'icons'), {
  recursive: true,
  filter: (path) => path.endsWith('.png') || path.endsWith('icons'),
});

async function bundle(input: Record<string, string>, format: 'es' | 'cjs'): Promise<void> {
  await build({
    configFile: false,
    root: repository,
    logLevel: 'warn',
    plugins: [unpackedShellIntegration()],
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: true,
      target: 'node24',
      outDir: out,
      emptyOutDir: false,
      copyPublicDir: false,
      minify: false,
      rolldownOptions: {
        input,
        external: (id) => id === 'electron' || isBuiltin(id) || native.includes(id),
        output: {
          format,
          entryFileNames: format === 'cjs' ? '[name].cjs' : '[name].js',
          // One file each: `import.meta.dirname` in it is `.out/electron`, whichever module asks.
          codeSplitting: false,
        },
      },
    },
  });
}

/** A shell reads its start-up files from the disk, and so never from inside the app's archive. */
function unpackedShellIntegration(): Plugin {
  const written = "join(import.meta.dirname, 'shell-integration')";
  const unpacked =
    "join(import.meta.dirname.replace(/app\\.asar$|app\\.asar(?=[\\\\/])/, 'app.asar.unpacked'), 'shell-integration')";
  return {
    name: 'postern:unpacked-shell-integration',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/proxy-core/terminal/login-shell.ts')) return undefined;
      if (!code.includes(written))
        throw new Error('login-shell.ts finds its scripts in another way than the build knows');
      return { code: code.replace(written, unpacked), map: null };
    },
  };
}
