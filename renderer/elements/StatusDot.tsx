import classes from './status-dot.module.css';

export type Tone = 'ok' | 'warn' | 'bad' | 'off' | 'accent';

/** A state at a glance; always beside words that say the same. */
export function StatusDot({ tone, pulsing = false }: { tone: Tone; pulsing?: boolean | undefined }) {
  return <span className={classes.dot} data-tone={tone} data-pulsing={pulsing || undefined} aria-hidden />;
}
