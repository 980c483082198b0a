import type { Page } from 'playwright-core';

/** Everything that went wrong on a page and that nobody would see: console errors, uncaught errors, CSP violations. */
export class PageWatch {
  readonly problems: string[] = [];

  constructor(page: Page) {
    page.on('console', (message) => {
      // Chromium reports a violation of the Content-Security-Policy as an error of the console.
      if (message.type() === 'error') this.problems.push(`console: ${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => this.problems.push(`uncaught: ${error.stack ?? error.message}`));
    page.on('requestfailed', (request) => {
      this.problems.push(`request: ${request.url()} ${request.failure()?.errorText}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) this.problems.push(`response: ${response.status()} ${response.url()}`);
    });
  }
}
