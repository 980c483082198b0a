/** How soon the end of the parent is noticed. */
const parentCheckMs = 100;

/**
 * Aborts at SIGINT, SIGTERM and SIGHUP; the reason is the signal's name.
 *
 * Started through `npm run`, at the parent's end too: npm hands signals on to the `sh` that it starts, and that shell dies
 * of them without telling its child.
 */
export function interruption(environment: NodeJS.ProcessEnv): AbortSignal {
  const aborter = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => aborter.abort(signal));
  if (environment.npm_lifecycle_event !== undefined && process.platform !== 'win32') {
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      aborter.abort('SIGHUP');
    }, parentCheckMs);
    timer.unref();
  }
  return aborter.signal;
}
