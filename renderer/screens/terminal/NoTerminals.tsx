import { Button } from '@mantine/core';
import { IconTerminal2 } from '@tabler/icons-react';
import { useStore } from 'zustand';
import { openTerminal } from '../../actions/open-terminal.ts';
import { EmptyPlace } from '../../elements/EmptyPlace.tsx';
import { roleInUse } from '../../stores/connections.ts';
import { useAppState, useStores } from '../../stores/stores.ts';

const offered = 6;

/** The empty terminal screen offers what it is for. */
export function NoTerminals() {
  const stores = useStores();
  const clusters = useAppState((state) => state.clusters);
  const chosen = useStore(stores.connections, (state) => state.chosenRole);
  const online = clusters.filter(({ status }) => status === 'online').slice(0, offered);
  return (
    <EmptyPlace
      icon={<IconTerminal2 />}
      title="No terminal open"
      actions={online.map((cluster) => {
        const role = roleInUse(cluster, chosen[cluster.name]);
        return (
          role && (
            <Button
              key={cluster.name}
              aria-label={`Open terminal on ${cluster.name}`}
              onClick={() => void openTerminal(stores, cluster.name, role)}
            >
              {cluster.name}
            </Button>
          )
        );
      })}
    >
      {online.length > 0
        ? 'A terminal is your own shell on this machine, with kubectl already pointed at a cluster. Choose one:'
        : 'A terminal is your own shell on this machine, with kubectl already pointed at a cluster. It can be opened as soon as a cluster is online.'}
    </EmptyPlace>
  );
}
