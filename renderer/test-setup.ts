import { cleanup, configure } from '@testing-library/react';
import { afterEach } from 'vitest';

// The bridges are tested in Node itself, where there is no page.
if (typeof window !== 'undefined') preparePage();

function preparePage(): void {
  // The test DOM lays nothing out; the virtual lists need a size to know what is in view.
  Object.defineProperties(HTMLElement.prototype, {
    clientHeight: { configurable: true, get: () => 600 },
    clientWidth: { configurable: true, get: () => 900 },
  });
  // The message alone: a whole page of markup hides what went wrong.
  configure({ getElementError: (message) => new Error(message?.split('\n')[0]), asyncUtilTimeout: 4_000 });
  afterEach(() => {
    cleanup();
    window.location.hash = '';
    window.localStorage.clear();
  });
}
