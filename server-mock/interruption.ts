/** How soon the end of the parent is noticed. */
const parentCheckMs = 100;

/**
 * Calls `stop` at SIGTERM or SIGINT, once each.
 *
 * Started through `npm run`, at the parent's end too: npm hands signals on to the `sh` that it starts, and that shell dies
 * of them without telling its child.
 */
export function onInterruption(stop: () => void): void {
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, parentCheckMs);
  timer.unref();
}
