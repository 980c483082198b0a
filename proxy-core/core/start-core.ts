import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { AppState } from '../contract/app.ts';
import { openSecretStore } from '../identity/index.ts';
import { unlessAborted } from '../identity/unless-aborted.ts';
import { KubeconfigFile, terminalKubeconfig } from '../kubeconfig/index.ts';
import { startLocalProxy } from '../proxy/index.ts';
import { openSessionLog } from '../session-log/index.ts';
import { ensureFolder, stateFolder } from '../state-folder/index.ts';
import { Terminals } from '../terminal/index.ts';
import { systemClock, tunnelPool } from '../tunnel/index.ts';
import { CurrentTunnel } from './current-tunnel.ts';
import { CoreError } from './errors.ts';
import { KeptToken } from './kept-token.ts';
import { findController, isAway, reachController, rememberController } from './known-controller.ts';
import { KubeconfigKeeper } from './kubeconfig-keeper.ts';
import { lockCore } from './lock.ts';
import { stderrLogger } from './logger.ts';
import { LoopbackAccess } from './loopback-access.ts';
import { MergeRecord } from './merge-record.ts';
import { problemOf } from './problem.ts';
import { appRouter } from './router/index.ts';
import { RunningCore } from './running-core.ts';
import { launchPath, serveInterface } from './serve-interface.ts';
import { serveMessagePort } from './serve-message-port.ts';
import { serveWebSocket } from './serve-websocket.ts';
import { SettingsFile } from './settings.ts';
import { StateStore } from './state-store.ts';
import { onTimeJump } from './time-jump.ts';
import type { Core, CoreOptions } from './types.ts';
import { upstreamAccess } from './upstream-access.ts';
import { version } from './version.ts';

/** How long a start waits for a former sign-in to be taken up; where it must be renewed first, that goes on behind. */
const restoreWaitMs = 1_000;
/** How long running requests may go on at the end. */
const drainMs = 500;
/** How long an end waits for a keychain, which may be asking its owner. */
const keychainWaitMs = 1_000;

const builtInterface = join(import.meta.dirname, '..', '..', '.out', 'renderer');

/**
 * Starts a core on a state folder and serves the app contract on loopback. It comes up signed in or not, and offline where
 * its controller was reached before.
 *
 * @throws {CoreError} `POSTERN_CORE_RUNNING`
 * @throws {TunnelError} `POSTERN_CONTROLLER_*` where the controller was never reached and cannot be now
 * @throws {ProxyError} `POSTERN_PROXY_PORT_TAKEN`
 * @throws {StateError} where the state folder cannot be used; the signal's reason where it gives the start up
 */
export async function startCore(options: CoreOptions = {}): Promise<Core> {
  const folder = options.folder ?? stateFolder();
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const logger = options.logger ?? stderrLogger();
  const deviceName = hostname().slice(0, 120) || 'unnamed';
  const controllerPath = join(folder.home, 'controller.json');
  await using begun = new AsyncDisposableStack();
  const later = (end: () => unknown): void => begun.defer(async () => void (await end()));

  await ensureFolder(folder.home);
  const token = randomBytes(32).toString('base64url');
  const access = new LoopbackAccess(token, clock);
  const server = createServer(serveInterface({ folder: options.interfaceFolder ?? builtInterface, access }));
  const router = Promise.withResolvers<ReturnType<typeof appRouter>>();
  router.promise.catch(() => undefined);
  const endWebSockets = serveWebSocket(server, { access, router: router.promise, logger });
  later(() => endServer(server, endWebSockets));
  access.port = await listen(server);
  const lock = await lockCore(folder.core, { pid: process.pid, url: access.origin, token });
  later(() => lock.release());

  const settings = await SettingsFile.open(folder.settings);
  const controllerUrl = options.controllerUrl ?? settings.current.controllerUrl ?? undefined;
  const sessionLog = openSessionLog({ path: folder.sessionLog, clock: { now: () => new Date(clock.now()) }, logger });
  later(() => sessionLog.close());
  const [secretStore, found] = await unlessGivenUp(
    Promise.all([
      options.secretStore ??
        openSecretStore({
          service: folder.keychainService,
          warn: (cause) => logger.info({ err: cause }, 'the keychain takes nothing'),
        }),
      controllerUrl === undefined ? undefined : findController(controllerPath, controllerUrl, options.signal),
    ]),
    options.signal,
  );

  const currentTunnel = new CurrentTunnel();
  const keptToken = await unlessGivenUp(KeptToken.open(secretStore, logger), options.signal);
  later(() => Promise.race([keptToken.settled(), wait(keychainWaitMs)]));
  const { tokens } = keptToken;
  const mergeRecord = new MergeRecord({
    path: join(folder.home, 'merged-into'),
    installation: folder.installation,
    logger,
  });
  const keeper = new KubeconfigKeeper({
    own: new KubeconfigFile({ path: folder.kubeconfig, installation: folder.installation }),
    kubectl: new KubeconfigFile({ path: folder.kubectlConfig, installation: folder.installation }),
    isMerged: await mergeRecord.takeUp(folder.kubectlConfig),
    noteMerge: (path) => mergeRecord.note(path),
    onChange: () => core.publish(),
    clock,
    logger,
  });
  later(() => keeper.close());
  const store = new StateStore(emptyState(settings, keeper));
  later(() => store.end());
  const core: RunningCore = new RunningCore({
    store,
    settings,
    secretStore,
    sessionLog,
    tokens,
    keptToken,
    keeper,
    currentTunnel,
    deviceName,
    entitlementsPath: join(folder.home, 'entitlements.json'),
    findController: async (url) => (await findController(controllerPath, url)).controller,
    openBrowser: options.openBrowser ?? openSystemBrowser,
    clock,
    random,
    logger,
  });

  const pool = tunnelPool(currentTunnel, 'gateway');
  later(() => pool.close());
  core.proxy = await startLocalProxy({
    folder: folder.proxy,
    upstream: upstreamAccess({
      pool,
      organisation: () => core.organisation,
      onChange: (listener) => core.onAccess(listener),
      deviceName,
    }),
    tokens,
    log: sessionLog,
    logger,
  });
  const { proxy } = core;
  later(() => core.close(drainMs));
  later(() => proxy.close({ graceMs: drainMs }));

  const terminals = await Terminals.start({
    folder: folder.terminals,
    tabs: folder.terminalTabs,
    kubeconfig(id, context) {
      const lease = core.lease();
      if (!lease || !keeperHas(store.state, context)) {
        throw new CoreError('POSTERN_CLUSTER_UNKNOWN', `There is no context ${context}`, {
          hint: 'sign in, or choose another cluster',
        });
      }
      return terminalKubeconfig(
        { ...lease, token: tokens.issue({ kind: 'terminal', id }) },
        context,
        folder.installation,
      );
    },
    released: (id) => tokens.revoke({ kind: 'terminal', id }),
    log: sessionLog,
    logger,
    clock,
    onChange: () => core.publish(),
  });
  core.terminals = terminals;
  later(() => terminals.close());

  if (found) {
    const using = core.joinController(found.controller.url);
    using.catch((error: unknown) => core.warn(problemOf(error)));
    await Promise.race([using.catch(() => undefined), wait(restoreWaitMs)]);
    if (!found.fresh) void refreshController(found.controller.url);
  }
  core.publish();
  await keeper.settled();

  async function refreshController(url: string): Promise<void> {
    try {
      const controller = await reachController(url);
      if (core.organisation?.controller.url !== url) return;
      core.organisation.controllerChanged(controller);
      await rememberController(controllerPath, controller);
      core.warn(null);
    } catch (error) {
      logger.info({ err: error }, 'the controller could not be asked about itself');
      // Away is what the connection's state says already; a stranger in its place is worth a warning.
      if (!isAway(error)) core.warn(problemOf(error));
    }
  }

  later(sessionLog.onProblem(() => core.publish()));
  later(onTimeJump(clock, () => core.organisation?.awake()));
  const stopped = Promise.withResolvers<void>();
  const life = begun.move();
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= life.disposeAsync().finally(() => stopped.resolve());
    return closing;
  };
  const interfaceUrl = (): string => `${access.origin}${launchPath}${access.newLaunchCode()}`;
  const ready = appRouter(core, terminals, {
    interfaceUrl,
    stop: () => void setImmediate(() => void close()),
  });
  router.resolve(ready);

  return {
    get state() {
      return store.state;
    },
    url: access.origin,
    serveMessagePort: (port) => serveMessagePort(ready, port, logger),
    interfaceUrl,
    networkChanged: () => core.organisation?.awake(),
    stopped: stopped.promise,
    close,
  };
}

function emptyState(settings: SettingsFile, keeper: KubeconfigKeeper): AppState {
  return {
    version,
    organisation: null,
    identity: { kind: 'signed-out', problem: null },
    connection: { kind: 'idle' },
    clusters: [],
    proxy: null,
    kubeconfig: keeper.state,
    terminals: [],
    settings: settings.current,
    warnings: [],
  };
}

function keeperHas(state: AppState, context: string): boolean {
  return state.clusters.some((cluster) => cluster.roles.some((role) => role.context === context));
}

async function openSystemBrowser(url: string): Promise<void> {
  const { default: open } = await import('open');
  await open(url);
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function endServer(server: Server, endWebSockets: () => void): Promise<void> {
  endWebSockets();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** A keychain asks its owner, or does not answer at all, and cannot be told to stop. */
function unlessGivenUp<Result>(step: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  return signal ? unlessAborted(step, signal) : step;
}

function wait(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs).unref();
  });
}
