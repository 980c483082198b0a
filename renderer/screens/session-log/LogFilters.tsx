import { Select, Switch } from '@mantine/core';
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { FilterInput } from '../../elements/FilterInput.tsx';
import { useAppState, useStores } from '../../stores/stores.ts';

export function LogFilters() {
  const { sessionLog } = useStores();
  const filters = useStore(sessionLog.store, (state) => state.filters);
  const sessions = useStore(sessionLog.store, (state) => state.sessions);
  const clusters = useAppState((state) => state.clusters);
  const names = useMemo(
    () =>
      [
        ...new Set([
          ...clusters.map(({ name }) => name),
          ...(sessions ?? []).map(({ cluster }) => cluster),
          ...(filters.cluster ? [filters.cluster] : []),
        ]),
      ].sort(),
    [clusters, sessions, filters.cluster],
  );
  return (
    <>
      <Switch
        size="xs"
        mr={8}
        label="Active only"
        checked={filters.activeOnly}
        onChange={(event) => sessionLog.filter({ activeOnly: event.currentTarget.checked })}
      />
      <Select
        aria-label="Cluster"
        placeholder="All clusters"
        w={150}
        clearable
        data={names}
        value={filters.cluster}
        onChange={(cluster) => sessionLog.filter({ cluster })}
      />
      <FilterInput
        label="Search sessions"
        placeholder="Command, resource, reason"
        value={filters.search}
        onChange={(search) => sessionLog.filter({ search })}
      />
    </>
  );
}
