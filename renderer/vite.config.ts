import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/**
 * One build for both hosts: Electron serves it over `app://`, the core over `http://127.0.0.1`. Relative addresses (`base`),
 * nothing inlined into the page and no `data:` addresses, so that `default-src 'self'; style-src 'self' 'unsafe-inline'` holds.
 */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  build: {
    outDir: '../.out/renderer',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'chrome130',
    // Everything but the terminal is one chunk: it comes from this machine, and a screen should never wait for its code.
    chunkSizeWarningLimit: 800,
  },
  server: { host: '127.0.0.1', strictPort: true },
  preview: { host: '127.0.0.1', strictPort: true },
});
