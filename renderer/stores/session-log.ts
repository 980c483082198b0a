import { createStore, type StoreApi } from 'zustand/vanilla';
import type { SessionDetail, SessionLogEvent } from '../../proxy-core/contract/app.ts';
import type { PosternError } from '../../proxy-core/contract/errors.ts';
import type { Session } from '../../proxy-core/contract/sessions.ts';
import type { BridgeConnection } from '../bridge/bridge.ts';
import { follow } from '../bridge/follow.ts';
import { rebuildError } from '../bridge/rebuild-error.ts';
import { applyToDetail, applyToSessions } from './session-log-events.ts';

export interface LogFilters {
  search: string;
  cluster: string | null;
  activeOnly: boolean;
}

export interface SessionLog {
  filters: LogFilters;
  /** Newest first; `undefined` until the first answer. */
  sessions: Session[] | undefined;
  /** The filters that `sessions` was read with; behind `filters` while an answer is on its way. */
  readWith: LogFilters;
  nextCursor: string | null;
  listError: PosternError | null;
  selected: string | null;
  detail: SessionDetail | undefined;
  detailError: PosternError | null;
}

export type LogStore = StoreApi<SessionLog>;

export interface SessionLogFollower {
  store: LogStore;
  /** Begins to listen; the log is only followed while its screen is open. */
  start(): () => void;
  filter(change: Partial<LogFilters>): void;
  loadMore(): Promise<void>;
  select(id: string | null): void;
}

const noFilters: LogFilters = { search: '', cluster: null, activeOnly: false };

/** Nothing was ever logged here; not merely nothing that matches. */
export function isEmptyLog({ sessions, readWith }: SessionLog): boolean {
  const { search, cluster, activeOnly } = readWith;
  return sessions?.length === 0 && search.trim() === '' && cluster === null && !activeOnly;
}

const pageSize = 100;
const searchPauseMs = 200;
/** Live events are applied together, so that a busy watch costs one render and not hundreds. */
const batchMs = 120;

export function createSessionLog(connection: BridgeConnection): SessionLogFollower {
  const { bridge } = connection;
  const store: LogStore = createStore<SessionLog>(() => ({
    filters: noFilters,
    sessions: undefined,
    readWith: noFilters,
    nextCursor: null,
    listError: null,
    selected: null,
    detail: undefined,
    detailError: null,
  }));

  let listRun = 0;
  let detailRun = 0;
  let searchTimer: ReturnType<typeof setTimeout> | undefined;
  let batch: SessionLogEvent[] = [];
  let batchTimer: ReturnType<typeof setTimeout> | undefined;
  /** What arrived while a detail was being read: newer than what the answer may hold. */
  let sinceDetailRequest: SessionLogEvent[] = [];

  function listInput(cursor?: string) {
    const { search, cluster, activeOnly } = store.getState().filters;
    return {
      limit: pageSize,
      ...(search.trim() ? { search: search.trim() } : {}),
      ...(cluster ? { cluster } : {}),
      ...(activeOnly ? { active: true } : {}),
      ...(cursor ? { cursor } : {}),
    };
  }

  async function load(): Promise<void> {
    listRun += 1;
    const run = listRun;
    const { filters } = store.getState();
    try {
      const page = await bridge.sessions.list(listInput());
      if (run !== listRun) return;
      store.setState({ sessions: page.sessions, readWith: filters, nextCursor: page.nextCursor, listError: null });
    } catch (error) {
      if (run === listRun) store.setState({ listError: rebuildError(error) });
    }
  }

  async function loadDetail(id: string): Promise<void> {
    detailRun += 1;
    const run = detailRun;
    sinceDetailRequest = [];
    try {
      const detail = await bridge.sessions.get({ id });
      if (run === detailRun) {
        store.setState({ detail: applyToDetail(detail, sinceDetailRequest), detailError: null });
      }
    } catch (error) {
      if (run === detailRun) store.setState({ detail: undefined, detailError: rebuildError(error) });
    }
  }

  function flush(): void {
    const events = batch;
    batch = [];
    batchTimer = undefined;
    store.setState(({ sessions, detail, filters }) => ({
      sessions: sessions && applyToSessions(sessions, events, filters),
      detail: detail && applyToDetail(detail, events),
    }));
    if (store.getState().filters.search.trim() && events.some((event) => event.kind !== 'session')) reloadSoon();
  }

  function reloadSoon(): void {
    clearTimeout(searchTimer);
    searchTimer = setTimeout(() => void load(), searchPauseMs);
  }

  return {
    store,
    start() {
      const stop = follow(
        connection,
        async (signal) => {
          const events = await bridge.sessions.watch(undefined, { signal });
          const { selected } = store.getState();
          void load();
          if (selected) void loadDetail(selected);
          return events;
        },
        (event) => {
          batch.push(event);
          sinceDetailRequest.push(event);
          batchTimer ??= setTimeout(flush, batchMs);
        },
        (error) => store.setState({ listError: rebuildError(error) }),
      );
      return () => {
        stop();
        clearTimeout(batchTimer);
        clearTimeout(searchTimer);
        batchTimer = undefined;
        batch = [];
      };
    },
    filter(change) {
      store.setState(({ filters }) => ({ filters: { ...filters, ...change } }));
      if (change.search !== undefined) reloadSoon();
      else void load();
    },
    async loadMore() {
      const { nextCursor } = store.getState();
      if (!nextCursor) return;
      const run = listRun;
      store.setState({ nextCursor: null });
      try {
        const page = await bridge.sessions.list(listInput(nextCursor));
        if (run !== listRun) return;
        store.setState(({ sessions = [] }) => {
          const known = new Set(sessions.map((session) => session.id));
          return {
            sessions: [...sessions, ...page.sessions.filter((session) => !known.has(session.id))],
            nextCursor: page.nextCursor,
          };
        });
      } catch (error) {
        if (run === listRun) store.setState({ nextCursor, listError: rebuildError(error) });
      }
    },
    select(id) {
      const { selected, detail } = store.getState();
      if (id === selected && (detail || !id)) return;
      store.setState({ selected: id, detail: undefined, detailError: null });
      if (id) void loadDetail(id);
    },
  };
}
