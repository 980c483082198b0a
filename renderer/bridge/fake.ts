import type {
  AppState,
  SessionDetail,
  SessionLogEvent,
  SignInProgress,
  StateEvent,
  TerminalEvent,
} from '../../proxy-core/contract/app.ts';
import { PosternError } from '../../proxy-core/contract/errors.ts';
import type { Bridge, BridgeConnection } from './bridge.ts';
import { Channel } from './fake/channel.ts';
import { everydayCommands } from './fake/fake-commands.ts';
import { addCommand, fakeLog, makeSession } from './fake/fake-log.ts';
import { FakeShell } from './fake/fake-shell.ts';
import { contextsOf, fakeState, type Scenario, scenarios } from './fake/fake-state.ts';
import { alice, fakeId, randomFrom } from './fake/people.ts';
import { LinkStatus } from './link-status.ts';
import { linkLost } from './rebuild-error.ts';

export interface FakeOptions {
  /** One of {@link scenarios}; anything else is `signed-in`. */
  scenario?: string;
  /** Lets time pass: latencies change, commands come in, a sign-in finishes by itself. Tests do without. */
  live?: boolean;
  /** How long after its answer the core's state names a new terminal. */
  terminalAppearsAfterMs?: number;
  now?: Date;
}

/** The fake and what a test does to it. */
export interface FakeConnection extends BridgeConnection {
  readonly state: AppState;
  readonly calls: { name: string; input: unknown }[];
  change(changes: Partial<AppState>): void;
  /** The next call of that name fails with it. */
  failNext(name: string, error: PosternError): void;
  finishSignIn(): void;
  logEvent(event: SessionLogEvent): void;
  /** @param since when the core was heard last */
  loseLink(retryAt: Date | null, since?: Date): void;
  restoreLink(): void;
}

const liveEveryMs = 2_500;
const liveSignInMs = 5_000;

/** A core without a core: the same type as the real bridges, with believable data. For component tests and the dev server. */
export function connectFake({
  scenario: wanted = 'signed-in',
  live = false,
  now = new Date(),
  terminalAppearsAfterMs = 0,
}: FakeOptions = {}): FakeConnection {
  const scenario: Scenario = scenarios.find((known) => known === wanted) ?? 'signed-in';
  let state = fakeState(scenario, now);
  const log = scenario === 'empty-log' ? [] : fakeLog(now);
  const status = new LinkStatus();
  const states = new Channel<StateEvent>();
  const logEvents = new Channel<SessionLogEvent>();
  const outputs = new Map<string, { shell: FakeShell; events: Channel<TerminalEvent> }>();
  const calls: FakeConnection['calls'] = [];
  const failures = new Map<string, PosternError>();
  const random = randomFrom(11);
  let signInEnds: (how: 'done' | 'cancelled') => void = () => {};
  let made = 0;

  function change(changes: Partial<AppState>): void {
    state = { ...state, ...changes };
    states.publish({ kind: 'changed', changes });
  }

  function called(name: string, input?: unknown): void {
    calls.push({ name, input });
    if (status.state.kind !== 'open') throw linkLost();
    const failure = failures.get(name);
    failures.delete(name);
    if (failure) throw failure;
  }

  function setSession(cluster: string, role: string | undefined, sessionId: string | null): void {
    change({
      clusters: state.clusters.map((known) =>
        known.name !== cluster
          ? known
          : {
              ...known,
              roles: known.roles.map((held) =>
                (role ? held.role === role : held.isDefault) ? { ...held, sessionId } : held,
              ),
            },
      ),
    });
  }

  function endSessions(matches: (detail: SessionDetail) => boolean, endReason: 'disconnected' | 'signed-out'): number {
    const ended = log.filter((detail) => detail.session.endedAt === null && matches(detail));
    for (const detail of ended) {
      detail.session = { ...detail.session, endedAt: new Date().toISOString(), endReason };
      setSession(detail.session.cluster, detail.session.role, null);
      logEvents.publish({ kind: 'session', session: detail.session });
    }
    return ended.length;
  }

  function find(id: string): SessionDetail {
    const detail = log.find(({ session }) => session.id === id);
    if (!detail) throw new PosternError('POSTERN_SESSION_UNKNOWN', `There is no session ${id} in the log`);
    return detail;
  }

  function terminal(id: string) {
    const found = outputs.get(id);
    if (!found) throw new PosternError('POSTERN_TERMINAL_UNKNOWN', `There is no terminal ${id}`);
    return found;
  }

  function openTerminal(context: string): string {
    made += 1;
    const id = `terminal-${made}`;
    const events = new Channel<TerminalEvent>();
    const shell = new FakeShell(
      context,
      (data) => events.publish({ kind: 'output', data }),
      (exitCode) => {
        change({ terminals: state.terminals.map((known) => (known.id === id ? { ...known, exitCode } : known)) });
        events.publish({ kind: 'exit', exitCode });
      },
    );
    outputs.set(id, { shell, events });
    const opened = {
      id,
      title: context.replace('acme/', ''),
      context,
      startedAt: new Date().toISOString(),
      exitCode: null,
    };
    // As from the core: the answer comes first, the state that names the terminal a moment later.
    setTimeout(() => change({ terminals: [...state.terminals, opened] }), terminalAppearsAfterMs);
    return id;
  }

  function signedIn(): void {
    const { identity, connection, clusters, organisation, kubeconfig } = fakeState('signed-in', new Date());
    const idle = clusters.map((known) => ({
      ...known,
      roles: known.roles.map((role) => ({ ...role, sessionId: null })),
    }));
    change({
      identity,
      connection,
      clusters: idle,
      organisation,
      kubeconfig: { ...kubeconfig, contexts: contextsOf(idle) },
    });
  }

  function pass(): void {
    if (state.connection.kind !== 'open') return;
    change({
      connection: { ...state.connection, latencyMs: 10 + random() * 4 },
      clusters: state.clusters.map((known) =>
        known.latencyMs === null ? known : { ...known, latencyMs: Math.max(1, known.latencyMs + (random() - 0.5) * 2) },
      ),
    });
    const active = log.find(({ session }) => session.endedAt === null);
    if (!active || random() < 0.5) return;
    const template = everydayCommands[Math.floor(random() * everydayCommands.length)]!;
    const { requests, ...command } = addCommand(active, template, new Date(), random);
    logEvents.publish({ kind: 'command', command });
    for (const request of requests) logEvents.publish({ kind: 'request', commandId: command.id, request });
    active.session = { ...active.session };
    logEvents.publish({ kind: 'session', session: active.session });
  }

  const refuse = async (): Promise<never> => {
    throw new PosternError('POSTERN_NOT_ADMINISTRATOR', 'The fake has no administrators’ calls');
  };

  const bridge: Bridge = {
    state: {
      async get() {
        called('state.get');
        return state;
      },
      async watch(_input, options) {
        called('state.watch');
        return states.listen([{ kind: 'snapshot', state }], options?.signal);
      },
    },
    identity: {
      async signIn(input) {
        called('identity.signIn', input);
        return signIn(input.method);
      },
      async cancelSignIn() {
        called('identity.cancelSignIn');
        signInEnds('cancelled');
        return {};
      },
      async signOut() {
        called('identity.signOut');
        endSessions(() => true, 'signed-out');
        const { identity, connection, clusters, kubeconfig } = fakeState('signed-out', new Date());
        change({ identity, connection, clusters, kubeconfig });
        return {};
      },
    },
    clusters: {
      async connect(input) {
        called('clusters.connect', input);
        const cluster = state.clusters.find(({ name }) => name === input.cluster);
        const role = cluster?.roles.find((held) => (input.role ? held.role === input.role : held.isDefault));
        if (!cluster || !role) {
          throw new PosternError('POSTERN_CLUSTER_UNKNOWN', `There is no cluster ${input.cluster}, or no grant for it`);
        }
        made += 1;
        const detail = makeSession(new Date(), {
          index: 5000 + made,
          cluster: cluster.name,
          role: role.role,
          grant: role.grant,
          minutesAgo: 0,
          random,
          reason: input.reason ?? null,
        });
        log.unshift(detail);
        setSession(cluster.name, role.role, detail.session.id);
        logEvents.publish({ kind: 'session', session: detail.session });
        const { path } = state.kubeconfig;
        return {
          context: role.context,
          kubeconfig: path,
          command: `kubectl --kubeconfig ${path} --context ${role.context} get namespaces`,
          sessionId: detail.session.id,
        };
      },
      async disconnect(input) {
        called('clusters.disconnect', input);
        const endedSessions = endSessions(
          ({ session }) => session.cluster === input.cluster && (!input.role || session.role === input.role),
          'disconnected',
        );
        return { endedSessions };
      },
    },
    kubeconfig: {
      async write(input) {
        called('kubeconfig.write', input);
        if (input.merge !== undefined) {
          change({
            settings: { ...state.settings, mergeKubeconfig: input.merge },
            kubeconfig: { ...state.kubeconfig, mergedInto: input.merge ? '/home/alice/.kube/config' : null },
          });
        }
        return state.kubeconfig;
      },
    },
    sessions: {
      async list(input) {
        called('sessions.list', input);
        const { cluster, active, search, cursor, limit = 100 } = input;
        const found = log.filter(
          (detail) =>
            (!cluster || detail.session.cluster === cluster) &&
            (!active || detail.session.endedAt === null) &&
            (!search || JSON.stringify(detail).toLowerCase().includes(search.toLowerCase())),
        );
        const from = Number(cursor ?? 0);
        return {
          sessions: found.slice(from, from + limit).map(({ session }) => session),
          nextCursor: from + limit < found.length ? String(from + limit) : null,
        };
      },
      async get(input) {
        called('sessions.get', input);
        const { session, commands } = find(input.id);
        return { session, commands: commands.map((command) => ({ ...command })) };
      },
      async watch(_input, options) {
        called('sessions.watch');
        return logEvents.listen([], options?.signal);
      },
      async end(input) {
        called('sessions.end', input);
        endSessions(({ session }) => session.id === input.id, 'disconnected');
        return find(input.id).session;
      },
    },
    terminals: {
      async open(input) {
        called('terminals.open', input);
        return { id: openTerminal(input.context) };
      },
      async attach(input, options) {
        called('terminals.attach', input);
        const { shell, events } = terminal(input.id);
        return events.listen([{ kind: 'output', data: shell.output }], options?.signal);
      },
      async acknowledge(input) {
        called('terminals.acknowledge', input);
        return {};
      },
      async write(input) {
        called('terminals.write', input);
        terminal(input.id).shell.write(input.data);
        return {};
      },
      async resize(input) {
        called('terminals.resize', input);
        return {};
      },
      async close(input) {
        called('terminals.close', input);
        outputs.delete(input.id);
        change({ terminals: state.terminals.filter(({ id }) => id !== input.id) });
        return {};
      },
    },
    settings: {
      async set(input) {
        called('settings.set', input);
        change({ settings: { ...state.settings, ...input } });
        return state.settings;
      },
    },
    host: {
      async interfaceUrl() {
        called('host.interfaceUrl');
        return { url: 'http://127.0.0.1:46124/launch/example' };
      },
      async stop() {
        called('host.stop');
        return {};
      },
    },
    admin: {
      apply: refuse,
      get: refuse,
      delete: refuse,
      clusters: { list: refuse, import: refuse, remove: refuse },
      revoke: refuse,
      restore: refuse,
      revocations: refuse,
      sessions: refuse,
      audit: refuse,
    },
  };

  function signIn(method: 'browser' | 'url' | 'device') {
    const steps = new Channel<SignInProgress>();
    const device = method === 'device';
    const url = device
      ? 'https://login.acme.example/device'
      : 'https://login.acme.example/authorize?client_id=postern&response_type=code&code_challenge_method=S256';
    const userCode = 'WDJB-MJHT';
    change({ identity: { kind: 'signing-in', method, url, userCode: device ? userCode : null } });
    const expiresAt = new Date(Date.now() + 600_000).toISOString();
    const progress = steps.listen([
      device
        ? { kind: 'device', verificationUrl: url, verificationUrlComplete: null, userCode, expiresAt }
        : { kind: 'url', url },
    ]);
    signInEnds = (how) => {
      if (how === 'done') signedIn();
      else change({ identity: { kind: 'signed-out', problem: null } });
      if (how === 'done') steps.publish({ kind: 'done', user: alice });
      void progress.return();
    };
    if (live && !new URLSearchParams(globalThis.location?.search).has('hold')) {
      setTimeout(() => signInEnds('done'), liveSignInMs);
    }
    return progress;
  }

  status.opened();
  if (scenario === 'lost') setTimeout(() => status.lost(new Date(), new Date(Date.now() + 9_000)), 300);
  if (live) setInterval(pass, liveEveryMs);

  return {
    bridge,
    calls,
    get link() {
      return status.state;
    },
    get state() {
      return state;
    },
    onLink: (listener) => status.onChange(listener),
    reconnectNow: () => status.opened(),
    close() {},
    change,
    failNext: (name, error) => failures.set(name, error),
    finishSignIn: () => signInEnds('done'),
    logEvent: (event) => logEvents.publish(event),
    loseLink: (retryAt, since = new Date()) => status.lost(since, retryAt),
    restoreLink: () => status.opened(),
  };
}

/** The session that is open at the start of `signed-in`. */
export const openSessionId = fakeId(1, 1);
