import { Button } from '@mantine/core';
import { IconBoxOff, IconFilterOff } from '@tabler/icons-react';
import { useState } from 'react';
import type { OfferedCluster } from '../../../proxy-core/contract/app.ts';
import { EmptyPlace } from '../../elements/EmptyPlace.tsx';
import { FilterInput } from '../../elements/FilterInput.tsx';
import { Page } from '../../elements/Page.tsx';
import { count } from '../../format/quantities.ts';
import { useAppState, useIsCurrent } from '../../stores/stores.ts';
import { ClusterCard } from './ClusterCard.tsx';
import classes from './clusters.module.css';
import { filterClusters } from './filter-clusters.ts';

/** Every cluster the person holds a role on, and one click to work with it. */
export function ClustersScreen() {
  const clusters = useAppState((state) => state.clusters);
  const current = useIsCurrent();
  const [filter, setFilter] = useState('');
  const shown = filterClusters(clusters, filter);
  return (
    <Page
      title="Clusters"
      aside={clusters.length > 0 && (current ? onlineOf(clusters) : count(clusters.length, 'cluster'))}
      tools={
        clusters.length > 0 && (
          <FilterInput label="Filter clusters" placeholder="Name, label or role" value={filter} onChange={setFilter} />
        )
      }
    >
      {clusters.length === 0 ? (
        <NoClusters />
      ) : shown.length === 0 ? (
        <EmptyPlace
          icon={<IconFilterOff />}
          title={`No cluster matches “${filter.trim()}”`}
          actions={<Button onClick={() => setFilter('')}>Clear the filter</Button>}
        >
          Names, display names, labels such as env=prod, and roles are searched.
        </EmptyPlace>
      ) : (
        <ul className={classes.list} aria-label="Clusters">
          {shown.map((cluster) => (
            <ClusterCard key={cluster.name} cluster={cluster} />
          ))}
        </ul>
      )}
    </Page>
  );
}

function NoClusters() {
  const identity = useAppState((state) => state.identity);
  const connected = useAppState((state) => state.connection.kind === 'open');
  if (!connected) {
    return (
      <EmptyPlace icon={<IconBoxOff />} title="No clusters yet">
        The list comes from the controller and appears here as soon as the connection stands.
      </EmptyPlace>
    );
  }
  const groups = identity.kind === 'signed-in' ? identity.user.groups : [];
  return (
    <EmptyPlace icon={<IconBoxOff />} title="No cluster is granted to you">
      {groups.length > 0
        ? `You are signed in with the groups ${groups.join(', ')}, and no grant names them. Ask an administrator for a grant; clusters appear here at once.`
        : 'Your identity provider puts you in no group. Ask an administrator for a grant; clusters appear here at once.'}
    </EmptyPlace>
  );
}

function onlineOf(clusters: OfferedCluster[]): string {
  const online = clusters.filter(({ status }) => status === 'online').length;
  return online === clusters.length ? `${online} online` : `${online} of ${clusters.length} online`;
}
