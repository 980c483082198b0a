import { duration } from '../../format/quantities.ts';
import classes from './request-drawer.module.css';

/** In the order in which a request meets them; hops that a later version adds come after. */
const knownHops = ['proxy', 'gateway', 'agent', 'kubernetes'];

/** Where the milliseconds went, hop by hop. */
export function HopTimings({ hopsMs }: { hopsMs: Record<string, number> }) {
  const hops = Object.entries(hopsMs).toSorted(([a], [b]) => rank(a) - rank(b));
  if (hops.length === 0) return null;
  const total = Math.max(
    hops.reduce((sum, [, lengthMs]) => sum + lengthMs, 0),
    Number.EPSILON,
  );
  return (
    <section className={classes.section}>
      <h3 className={classes.heading}>Time by hop</h3>
      <ul className={classes.hops}>
        {hops.map(([hop, lengthMs]) => (
          <li key={hop}>
            <span>{hop.charAt(0).toUpperCase() + hop.slice(1)}</span>
            <span className={classes.track} aria-hidden>
              <span className={classes.bar} style={{ width: `${Math.max(1, (lengthMs / total) * 100)}%` }} />
            </span>
            <span className={classes.ms}>{duration(lengthMs)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function rank(hop: string): number {
  const index = knownHops.indexOf(hop);
  return index < 0 ? knownHops.length : index;
}
