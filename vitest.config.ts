import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The counts that .ci/run closes with.
    reporters: process.env.CI ? ['default', ['json', { outputFile: '.out/test-results.json' }]] : ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'proxy-core/**/*.test.ts',
            'server-mock/**/*.test.ts',
            'electron/**/*.test.ts',
            'build/**/*.test.ts',
          ],
          environment: 'node',
        },
      },
      {
        extends: './renderer/vite.config.ts',
        test: {
          name: 'renderer',
          root: '.',
          include: ['renderer/**/*.test.{ts,tsx}'],
          environment: 'happy-dom',
          setupFiles: ['renderer/test-setup.ts'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/electron/**'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/electron/**/*.test.ts'],
          globalSetup: 'test/e2e/build.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Each brings an organisation and a browser; two at once only wait for each other.
          fileParallelism: false,
        },
      },
    ],
  },
});
