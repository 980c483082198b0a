import type { SignInProgress } from '../contract/app.ts';

/** One sign-in under way, watched by everybody who asked for one: joiners hear from the beginning. */
export class SignInAttempt {
  readonly #progress: SignInProgress[] = [];
  readonly #abort = new AbortController();
  #outcome: { kind: 'running' } | { kind: 'done' } | { kind: 'failed'; error: unknown } = { kind: 'running' };
  #changed = Promise.withResolvers<void>();

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  report(progress: SignInProgress): void {
    if (this.#outcome.kind !== 'running') return;
    this.#progress.push(progress);
    if (progress.kind === 'done') this.#outcome = { kind: 'done' };
    this.#wake();
  }

  fail(error: unknown): void {
    if (this.#outcome.kind !== 'running') return;
    this.#outcome = { kind: 'failed', error };
    this.#wake();
  }

  /** Its watchers hear of it at once, whatever the sign-in itself is waiting for. */
  cancel(reason: Error): void {
    this.#abort.abort(reason);
    this.fail(reason);
  }

  /**
   * Ends after `done`; a watcher that stops watching does not stop the sign-in.
   *
   * @throws what the sign-in failed with
   */
  async *watch(signal?: AbortSignal): AsyncGenerator<SignInProgress, void> {
    const stopped = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
    for (let next = 0; !signal?.aborted; ) {
      const progress = this.#progress[next];
      if (progress) {
        next += 1;
        yield progress;
        continue;
      }
      if (this.#outcome.kind === 'failed') throw this.#outcome.error;
      if (this.#outcome.kind === 'done') return;
      await Promise.race([this.#changed.promise, stopped]);
    }
  }

  #wake(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }
}
