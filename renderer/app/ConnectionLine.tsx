import { useStore } from 'zustand';
import { StatusDot, type Tone } from '../elements/StatusDot.tsx';
import { useAppState, useStores } from '../stores/stores.ts';
import classes from './shell.module.css';

/** One line at the foot of the navigation: is the organisation reachable, and how fast. */
export function ConnectionLine() {
  const connection = useAppState((state) => state.connection);
  const link = useStore(useStores().app, (state) => state.link);
  const [tone, words] = describe();

  function describe(): [Tone, string] {
    if (link.kind !== 'open') return ['bad', 'No contact with the core'];
    switch (connection.kind) {
      case 'idle':
        return ['off', 'Not connected'];
      case 'connecting':
        return ['warn', 'Connecting'];
      case 'open':
        return ['ok', connection.latencyMs === null ? 'Connected' : `Connected, ${latency(connection.latencyMs)}`];
      case 'waiting':
        return ['warn', 'Waiting to reconnect'];
      default:
        return connection satisfies never;
    }
  }

  return (
    <div className={classes.state} title={connection.kind === 'open' ? connection.controller : words}>
      <StatusDot tone={tone} pulsing={tone === 'warn'} />
      <span className={classes.wide}>{words}</span>
    </div>
  );
}

function latency(lengthMs: number): string {
  return lengthMs < 1 ? 'under 1 ms' : `${Math.round(lengthMs)} ms`;
}
