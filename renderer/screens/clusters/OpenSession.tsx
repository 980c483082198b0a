import { Anchor } from '@mantine/core';
import { useStore } from 'zustand';
import type { OfferedCluster, OfferedRole } from '../../../proxy-core/contract/app.ts';
import { CopyableId, CopyField } from '../../elements/CopyField.tsx';
import { StatusDot } from '../../elements/StatusDot.tsx';
import { shellWord } from '../../format/shell.ts';
import { addressOf } from '../../stores/location.ts';
import { useAppState, useStores } from '../../stores/stores.ts';
import classes from './clusters.module.css';

/** What to do with an open session: a command to paste, and where the kubeconfig is. */
export function OpenSession({ cluster, role }: { cluster: OfferedCluster; role: OfferedRole }) {
  const { connections } = useStores();
  const { path, mergedInto } = useAppState((state) => state.kubeconfig);
  const proposed = useStore(connections, (state) => state.command[role.context]);
  const command = proposed ?? exampleCommand(role, mergedInto === null ? path : null);
  return (
    <div className={classes.session}>
      <div className={classes.sessionLine}>
        <StatusDot tone="accent" />
        <span>
          Connected as <strong>{role.role}</strong>
        </span>
        {role.sessionId && (
          <Anchor
            size="sm"
            href={addressOf({ screen: 'session-log', session: role.sessionId })}
            aria-label={`Show in the log: the session on ${cluster.name}`}
          >
            Show in the log
          </Anchor>
        )}
      </div>
      <CopyField what="command" prompt="$" value={command} />
      <dl className={classes.places}>
        <div>
          <dt>Context</dt>
          <dd>
            <CopyableId what="context" value={role.context} />
          </dd>
        </div>
        <div>
          <dt>Kubeconfig</dt>
          <dd>
            <CopyableId what="kubeconfig path" value={path} />
          </dd>
        </div>
      </dl>
    </div>
  );
}

function exampleCommand(role: OfferedRole, kubeconfig: string | null): string {
  return ['kubectl', ...(kubeconfig ? ['--kubeconfig', kubeconfig] : []), '--context', role.context, 'get', 'pods']
    .map(shellWord)
    .join(' ');
}
