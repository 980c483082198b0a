import type { OfferedCluster } from '../../../proxy-core/contract/app.ts';
import { RelativeTime } from '../../elements/RelativeTime.tsx';
import { StatusDot } from '../../elements/StatusDot.tsx';
import { useIsCurrent } from '../../stores/stores.ts';
import classes from './clusters.module.css';

/** The line under the name: status, speed, version, labels. */
export function ClusterFacts({ cluster }: { cluster: OfferedCluster }) {
  const current = useIsCurrent();
  const online = cluster.status === 'online';
  return (
    <div className={classes.facts}>
      <span className={classes.status}>
        <StatusDot tone={online && current ? 'ok' : 'off'} />
        {online ? (
          current ? (
            'Online'
          ) : (
            'Last seen online'
          )
        ) : (
          <span>
            Offline, last seen <RelativeTime time={cluster.statusSince} />
          </span>
        )}
      </span>
      {online && current && cluster.latencyMs !== null && (
        <span className={classes.number} title="Round trip from the controller through the agent to the API server">
          {cluster.latencyMs < 10 ? cluster.latencyMs.toFixed(1) : Math.round(cluster.latencyMs)} ms
        </span>
      )}
      {cluster.kubernetesVersion && <span className={classes.number}>{cluster.kubernetesVersion}</span>}
      {Object.entries(cluster.labels).map(([key, value]) => (
        <code key={key} className={classes.label}>
          {key}={value}
        </code>
      ))}
    </div>
  );
}
