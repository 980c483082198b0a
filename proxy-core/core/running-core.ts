import type { AppState, Problem, Settings, SignInProgress } from '../contract/app.ts';
import type { SecretStore, SignInMethod } from '../identity/index.ts';
import type { KubeconfigLease } from '../kubeconfig/index.ts';
import type { ClientTokens, LocalProxy } from '../proxy/index.ts';
import type { SessionLog } from '../session-log/index.ts';
import type { Terminals } from '../terminal/index.ts';
import type { ControllerClient } from './controller-client.ts';
import type { CurrentTunnel } from './current-tunnel.ts';
import { CoreError } from './errors.ts';
import type { KeptToken } from './kept-token.ts';
import type { KnownController } from './known-controller.ts';
import type { KubeconfigKeeper } from './kubeconfig-keeper.ts';
import { clusterWarnings, contextEntries, offeredClusters } from './offered-clusters.ts';
import { Organisation } from './organisation.ts';
import { reconcileSessions } from './reconcile-sessions.ts';
import type { SettingsFile } from './settings.ts';
import type { StateStore } from './state-store.ts';
import type { Clock, Logger, Random } from './surroundings.ts';

export interface CoreParts {
  store: StateStore;
  settings: SettingsFile;
  secretStore: SecretStore;
  sessionLog: SessionLog;
  tokens: ClientTokens;
  keptToken: KeptToken;
  keeper: KubeconfigKeeper;
  currentTunnel: CurrentTunnel;
  deviceName: string;
  entitlementsPath: string;
  /** @throws {TunnelError} where the controller is neither known nor reachable */
  findController(url: string): Promise<KnownController>;
  openBrowser(url: string): Promise<void>;
  clock: Clock;
  random: Random;
  logger: Logger;
}

/** How long a finished sign-in waits for the contexts to be written before it is reported as done all the same. */
const contextsWaitMs = 10_000;

/** The parts of one core, held together: each change of one is shown in the state and reaches the others. */
export class RunningCore {
  readonly parts: CoreParts;
  terminals: Terminals | undefined;
  proxy: LocalProxy | undefined;
  #organisation: Organisation | undefined;
  /** Changes of organisation, sign-outs and the end happen one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  readonly #accessListeners = new Set<() => void>();
  #contextsOf: string | undefined;
  #warning: Problem | null = null;
  #terminalKubeconfigsStale = false;
  #closed = false;

  constructor(parts: CoreParts) {
    this.parts = parts;
  }

  get organisation(): Organisation | undefined {
    return this.#organisation;
  }

  /** Told whenever access to the clusters may have changed. @returns the undo */
  onAccess(listener: () => void): () => void {
    this.#accessListeners.add(listener);
    return () => this.#accessListeners.delete(listener);
  }

  /** Makes the controller at this URL the core's. Whoever was signed in to another one is signed out of it first. */
  async joinController(url: string): Promise<void> {
    const joined = await this.#inTurn(async () => {
      if (this.#organisation?.controller.url === url) return undefined;
      const controller = await this.parts.findController(url);
      if (this.#closed) throw new CoreError('POSTERN_CORE_NOT_RUNNING', 'Postern has ended');
      // First what can fail for want of disk space: until then everything is as it was.
      if (this.parts.settings.current.controllerUrl !== url) await this.parts.settings.set({ controllerUrl: url });
      if (this.#organisation) {
        await this.#organisation.signOut();
        await this.#organisation.close(0);
        this.parts.keptToken.signedOut();
      }
      this.#warning = null;
      this.#organisation = this.#open(controller);
      this.publish();
      return this.#organisation;
    });
    // Not in turn: it may have to wait for the network, and nobody who signs out is to wait for that.
    await joined?.restore();
  }

  /** @throws what {@link Organisation.signIn} throws; {@link CoreError} `POSTERN_CONTROLLER_URL_INVALID` where none is known */
  async *signIn(
    method: SignInMethod,
    controllerUrl: string | undefined,
    signal?: AbortSignal,
  ): AsyncGenerator<SignInProgress> {
    if (controllerUrl !== undefined) await this.joinController(controllerUrl);
    const organisation = this.#organisation;
    if (!organisation) {
      throw new CoreError('POSTERN_CONTROLLER_URL_INVALID', 'No controller is known on this device yet', {
        hint: 'give its URL; an administrator has it',
      });
    }
    for await (const progress of organisation.signIn(method, signal)) {
      if (progress.kind === 'done') await this.#contextsWritten(progress.user.name, signal);
      yield progress;
    }
  }

  /** Sessions end at the controller, the keychain forgets, the kubeconfig is emptied, tokens are void, the tunnel goes. */
  signOut(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#organisation?.signOut();
      } finally {
        // Also where the keychain could not forget: the tokens at least open nothing any more.
        this.parts.keptToken.signedOut();
        this.publish();
        await this.terminals?.rewriteKubeconfigs();
        await this.parts.keeper.settled();
      }
    });
  }

  /**
   * @throws {CoreError} `POSTERN_SIGNED_OUT`
   * @throws {TunnelError}
   */
  api(signal?: AbortSignal): Promise<ControllerClient> {
    if (!this.#organisation) return Promise.reject(new CoreError('POSTERN_SIGNED_OUT', 'Nobody is signed in'));
    return this.#organisation.api(signal);
  }

  async changeSettings(changes: Partial<Settings>): Promise<Settings> {
    const { controllerUrl, ...rest } = changes;
    if (controllerUrl !== undefined && controllerUrl !== null) await this.joinController(controllerUrl);
    if (Object.keys(rest).length > 0) await this.parts.settings.set(rest);
    this.publish();
    await this.parts.keeper.settled();
    return this.parts.settings.current;
  }

  /** What the written kubeconfig should hold now; undefined for nothing of ours. */
  lease(): KubeconfigLease | undefined {
    const organisation = this.#organisation;
    const { proxy } = this;
    if (!organisation || !proxy || organisation.clusters.length === 0) return undefined;
    const { state } = organisation.identity;
    // A sign-in that lapsed or was revoked keeps its contexts, so that a tool is told why they do not work.
    if (state.kind === 'signed-out' && state.problem === null) return undefined;
    return {
      organisation: organisation.name,
      contexts: contextEntries(organisation.clusters),
      proxyUrl: proxy.url,
      caPem: proxy.caPem,
      token: this.parts.tokens.issue({ kind: 'kubeconfig' }),
    };
  }

  /** The state made anew from all parts. What did not change causes no event. */
  publish(): void {
    const { store, settings, keeper, sessionLog } = this.parts;
    const organisation = this.#organisation;
    const identity: AppState['identity'] = organisation?.identity.state ?? { kind: 'signed-out', problem: null };
    const clusters =
      organisation && identity.kind === 'signed-in'
        ? offeredClusters(organisation.name, organisation.clusters, organisation.sessions, organisation.lostAt)
        : [];
    // Before it is known who is signed in, the file is left as the last start wrote it.
    if (!organisation?.restoring) keeper.want(this.lease(), settings.current.mergeKubeconfig);
    store.update({
      organisation: organisation
        ? {
            name: organisation.name,
            controllerUrl: organisation.controller.url,
            issuer: organisation.controller.discovery.oidc.issuer,
          }
        : null,
      identity,
      connection: organisation?.connection ?? { kind: 'idle' },
      clusters,
      proxy: this.proxy ? { url: this.proxy.url } : null,
      kubeconfig: keeper.state,
      terminals: this.terminals?.list ?? [],
      settings: settings.current,
      warnings: [
        ...[settings.problem, this.#warning, sessionLog.problem].filter((problem) => problem !== null),
        ...(identity.kind === 'signed-in' && identity.storage === 'memory' ? [noKeychain] : []),
        ...keeper.problems,
        ...clusterWarnings(clusters),
      ],
    });
    for (const listener of this.#accessListeners) listener();
  }

  /** Shown until it is replaced: something that no single part can show. */
  warn(problem: Problem | null): void {
    this.#warning = problem;
    this.publish();
  }

  /** Does not wait for a change of organisation that is under way: it may be waiting for the network. */
  async close(drainMs: number): Promise<void> {
    this.#closed = true;
    await this.#organisation?.close(drainMs);
  }

  #open(controller: KnownController): Organisation {
    const { parts } = this;
    this.#contextsOf = undefined;
    const organisation: Organisation = new Organisation({
      controller,
      secretStore: parts.secretStore,
      deviceName: parts.deviceName,
      openBrowser: parts.openBrowser,
      currentTunnel: parts.currentTunnel,
      entitlementsPath: parts.entitlementsPath,
      onChange: () => this.publish(),
      onSession: (session) => parts.sessionLog.sessionChanged(session),
      onSignedIn: ({ key }) => {
        parts.keptToken.signedIn(key);
        this.#terminalKubeconfigsStale = true;
      },
      onSnapshot: () => {
        const { state } = organisation.identity;
        if (state.kind === 'signed-in') this.#contextsOf = state.user.name;
        void this.#afterSnapshot(organisation);
      },
      clock: parts.clock,
      random: parts.random,
      logger: parts.logger,
    });
    return organisation;
  }

  async #afterSnapshot(organisation: Organisation): Promise<void> {
    try {
      if (this.#terminalKubeconfigsStale) {
        this.#terminalKubeconfigsStale = false;
        await this.terminals?.rewriteKubeconfigs();
      }
      await reconcileSessions(this.parts.sessionLog, organisation);
    } catch (error) {
      this.parts.logger.warn({ err: error }, 'the session log could not be brought up to date');
    }
  }

  /** Until the controller has pushed this person's clusters and they are in the kubeconfig. */
  async #contextsWritten(user: string, signal?: AbortSignal): Promise<void> {
    const waiting = AbortSignal.timeout(contextsWaitMs);
    const either = signal ? AbortSignal.any([signal, waiting]) : waiting;
    try {
      await this.#until(() => this.#contextsOf === user, either);
      await this.parts.keeper.settled();
    } catch {
      // The sign-in itself is done; the state says what the connection lacks.
      signal?.throwIfAborted();
    }
  }

  #until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        undo();
        signal.removeEventListener('abort', end);
        if (condition()) resolve();
        else reject(signal.reason);
      };
      const undo = this.onAccess(() => {
        if (condition()) end();
      });
      signal.addEventListener('abort', end, { once: true });
      if (condition() || signal.aborted) end();
    });
  }

  #inTurn<Result>(step: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(step);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

const noKeychain: Problem = {
  code: 'POSTERN_NO_KEYCHAIN',
  message: 'There is no keychain on this machine, or it is locked, so the sign-in ends with Postern',
  hint: 'unlock or install one (GNOME Keyring, KWallet) to stay signed in',
};
