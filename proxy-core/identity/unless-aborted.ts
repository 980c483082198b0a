/**
 * What `step` comes to, for steps that do not look at the signal themselves, or not soon: they run on, and nobody waits.
 *
 * @throws the signal's reason once it aborts
 */
export function unlessAborted<Result>(step: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return Promise.race([step, aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
}
