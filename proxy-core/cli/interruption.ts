/** How soon the end of the parent is noticed. */
const parentCheckMs = 100;
/** How long what still runs after the orderly end may keep the process. */
const lingerMs = 1_000;

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

/**
 * For the end of a command that was interrupted. A call into a keychain that does not answer cannot be taken back, and
 * would keep the process for as long; so would `process.exit()`, which waits for its thread.
 */
export function leaveSoon(): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), lingerMs).unref();
}
