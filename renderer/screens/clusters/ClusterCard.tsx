import { Badge, Button, Tooltip } from '@mantine/core';
import { IconPlugConnected, IconPlugConnectedX, IconShieldOff, IconTerminal2 } from '@tabler/icons-react';
import { useStore } from 'zustand';
import type { OfferedCluster, OfferedRole } from '../../../proxy-core/contract/app.ts';
import { connectCluster } from '../../actions/connect-cluster.ts';
import { openTerminal } from '../../actions/open-terminal.ts';
import { busyKey, roleInUse } from '../../stores/connections.ts';
import { useStores } from '../../stores/stores.ts';
import { ClusterFacts } from './ClusterFacts.tsx';
import classes from './clusters.module.css';
import { OpenSession } from './OpenSession.tsx';
import { RoleChoice } from './RoleChoice.tsx';

export function ClusterCard({ cluster }: { cluster: OfferedCluster }) {
  const { connections } = useStores();
  const chosen = useStore(connections, (state) => state.chosenRole[cluster.name]);
  const role = roleInUse(cluster, chosen);
  const open = cluster.roles.filter((held) => held.sessionId !== null);
  return (
    <li className={classes.card} aria-label={cluster.name} data-connected={open.length > 0 || undefined}>
      <div className={classes.head}>
        <div className={classes.identity}>
          <div className={classes.names}>
            <h2 className={classes.name}>{cluster.name}</h2>
            {cluster.displayName !== cluster.name && <span className={classes.displayName}>{cluster.displayName}</span>}
            {cluster.emulated && (
              <Tooltip label="An emulation of the Kubernetes API for trying things out, not a Kubernetes cluster">
                <Badge tabIndex={0}>Emulated</Badge>
              </Tooltip>
            )}
            {cluster.insecureSkipTlsVerify && (
              <Tooltip label="The agent does not verify the API server’s certificate: whoever stands between them can read and change requests">
                <Badge tabIndex={0} color="red" variant="light" leftSection={<IconShieldOff size={12} aria-hidden />}>
                  TLS not verified
                </Badge>
              </Tooltip>
            )}
          </div>
          <ClusterFacts cluster={cluster} />
        </div>
        {role && (
          <div className={classes.acts}>
            <RoleChoice cluster={cluster} role={role} />
            <ClusterActs cluster={cluster} role={role} />
          </div>
        )}
      </div>
      {open.map((held) => (
        <OpenSession key={held.role} cluster={cluster} role={held} />
      ))}
    </li>
  );
}

function ClusterActs({ cluster, role }: { cluster: OfferedCluster; role: OfferedRole }) {
  const stores = useStores();
  const busy = useStore(stores.connections, (state) => state.busy);
  const offline = cluster.status === 'offline';
  return (
    <>
      <Button
        leftSection={<IconTerminal2 size={15} aria-hidden />}
        aria-label={`Open terminal on ${cluster.name}`}
        loading={busy[busyKey('terminal', cluster.name)] === true}
        onClick={() => void openTerminal(stores, cluster.name, role)}
      >
        Terminal
      </Button>
      {role.sessionId ? (
        <Button
          className={classes.main}
          leftSection={<IconPlugConnectedX size={15} aria-hidden />}
          aria-label={`Disconnect from ${cluster.name}`}
          loading={busy[busyKey('disconnect', cluster.name)] === true}
          onClick={() => stores.dialogs.setState({ question: { kind: 'disconnect', cluster: cluster.name, role } })}
        >
          Disconnect
        </Button>
      ) : (
        <Tooltip label="No agent of this cluster is connected" disabled={!offline}>
          <Button
            className={classes.main}
            variant={offline ? 'default' : 'light'}
            leftSection={<IconPlugConnected size={15} aria-hidden />}
            aria-label={`Connect to ${cluster.name}`}
            loading={busy[busyKey('connect', cluster.name)] === true}
            data-disabled={offline || undefined}
            aria-disabled={offline || undefined}
            onClick={(event) => {
              if (offline) event.preventDefault();
              else void connectCluster(stores, cluster.name, role);
            }}
          >
            Connect
          </Button>
        </Tooltip>
      )}
    </>
  );
}
