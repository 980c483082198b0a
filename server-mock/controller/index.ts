import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Logger } from 'pino';
import { durationMs } from '../../proxy-core/contract/duration.ts';
import { stderrLogger } from '../stderr-logger.ts';
import type { AdminResult } from './api/admin.ts';
import { ControllerHttp } from './api/http.ts';
import { CertificateAuthority } from './certificates/authority.ts';
import { type Clock, systemClock } from './clock.ts';
import { importCluster } from './cluster-administration.ts';
import { type ControllerConfigInput, completeControllerConfig } from './config.ts';
import {
  type ControllerAddresses,
  controllerAddresses,
  isAdvertisedTooNarrowly,
  listenerHosts,
} from './controller-address.ts';
import { DeviceConnections } from './device-connections.ts';
import { Entitlements } from './entitlements.ts';
import { ControllerError } from './errors.ts';
import { Gateway } from './gateway/gateway.ts';
import { Hub } from './hub/hub.ts';
import { Devices } from './identity/devices.ts';
import { IdentityProvider } from './identity/identity-provider.ts';
import { RevocationList } from './identity/revocation-list.ts';
import { Listener } from './listener.ts';
import { ControllerMetrics } from './metrics.ts';
import { PolicyRegistry } from './policy-registry.ts';
import { LiveFeed } from './sessions/live-feed.ts';
import { Sessions } from './sessions/sessions.ts';
import { AuditLog } from './store/audit-log.ts';
import { readKnownClusters } from './store/clusters.ts';
import { lockDataDir } from './store/data-dir-lock.ts';
import { openStore } from './store/open.ts';

export {
  type ControllerConfig,
  type ControllerConfigInput,
  parseControllerConfig,
} from './config.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** How long running streams get to end by themselves when the controller stops. */
const drainMs = 2_000;

/** What a controller takes from outside; every part has a real default. */
export interface ControllerDependencies {
  clock?: Clock;
  logger?: Logger;
  /** Used for the identity provider's discovery document and keys. */
  fetch?: typeof fetch;
}

export interface RunningController {
  /** With the pin of its CA: `https://host:port#ca=sha256:…`. */
  url: string;
  /** `host:port` of the listener. */
  address: string;
  /** Registers a cluster, and makes the bootstrap YAML of its agent with a single-use join token. */
  importCluster(name: string, labels?: Record<string, string>): Promise<{ joinToken: string; yaml: string }>;
  /** Creates or updates policy documents, all or none. @throws {GatewayError} `POSTERN_POLICY_INVALID` */
  applyPolicy(yaml: string, by: string): Promise<AdminResult<'apply'>>;
  /** Ordered: stops accepting, ends long streams with a proper terminator, writes out the audit queue, closes. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a controller. The identity provider need not be up: it is asked at the first sign-in.
 *
 * @throws {ControllerError} `POSTERN_CONFIG_INVALID`, `POSTERN_STORE_FAILED`
 * @throws {GatewayError} `POSTERN_POLICY_INVALID` for a policy file
 */
export async function startController(
  input: ControllerConfigInput,
  dependencies: ControllerDependencies = {},
): Promise<RunningController> {
  const config = completeControllerConfig(input);
  const clock = dependencies.clock ?? systemClock;
  const logger = dependencies.logger ?? stderrLogger('controller', 'info');
  await using opened = new AsyncDisposableStack();

  opened.defer(await lockDataDir(config.dataDir));
  const store = opened.adopt(await openStore(config.dataDir), (each) => each.destroy());
  const authority = await CertificateAuthority.open(config.dataDir, config.organisation, clock);
  const list = await RevocationList.open(store);
  const policy = await PolicyRegistry.open(store, list, clock);
  await policy.applyFiles(
    await Promise.all(config.policy.map(async (path) => ({ path, yaml: await readPolicyFile(path) }))),
  );

  const audit = new AuditLog({ store, clock, logger, mode: config.audit.mode });
  await audit.completeInterrupted();
  opened.defer(() => audit.close());
  const devices = new Devices({ store, revocations: list, administrators: config.administrators, clock });
  const hub = new Hub({ store, clock, logger, known: await readKnownClusters(store) });
  opened.defer(() => hub.close({ drainMs: 0, reason: stopping() }));
  const feed = new LiveFeed();
  const sessions = new Sessions({
    store,
    clock,
    logger,
    hub,
    feed,
    policy,
    revocations: list,
    devices,
    idleTimeoutMs: durationMs(config.sessions.idleTimeout),
    agentLossGraceMs: durationMs(config.sessions.agentLossGrace),
  });
  await sessions.resume();
  opened.defer(() => sessions.close());
  const connections = new DeviceConnections(clock);
  const metrics = new ControllerMetrics({
    openSessions: () => [...sessions.all()].length,
    onlineClusters: () => [...policy.clusters.keys()].filter((name) => hub.offlineSinceMs(name) === undefined).length,
    queuedAuditEvents: () => audit.queued,
  });

  let addresses: ControllerAddresses | undefined;
  const replicas = () => addresses?.replicas ?? [];
  const entitlements = new Entitlements({ policy, hub, devices, sessions, feed, replicas, clock, logger });
  opened.defer(() => entitlements.close());
  policy.onChange(() => {
    entitlements.changed();
    void sessions.reconsider();
  });
  hub.onChange(() => entitlements.changed());

  const provider = new IdentityProvider(config.oidc.issuer, dependencies.fetch ?? fetch);
  const enrolment = {
    store,
    authority,
    isRegistered: (cluster: string) => policy.clusters.has(cluster),
    config,
    clock,
  };
  const clusters = { store, policy, hub, sessions, controllerUrl: () => addresses?.url ?? '', clock };
  const http = new ControllerHttp({
    store,
    clock,
    logger,
    audit,
    list,
    devices,
    connections,
    sessions,
    policy,
    feed,
    hub,
    entitlements,
    clusters,
    enrolment,
    metrics,
    replicas,
    signIn: {
      store,
      authority,
      provider,
      devices,
      revocations: list,
      config,
      clock,
      // Groups may have changed, and the certificate's end has: both are read anew for everything the person has open.
      onCertified: (device, { formerHolders }) => {
        void sessions.endWhere((session) => formerHolders.includes(session.device), 'signed-out');
        for (const former of formerHolders) {
          const refusal = devices.refusal(former);
          if (refusal) void connections.end(former.id, refusal);
        }
        entitlements.changed();
        void sessions.reconsider((session) => session.device.person === device.person);
      },
    },
    discovery: () => ({
      product: 'postern',
      version,
      organisation: config.organisation,
      replicas: replicas(),
      certificateAuthority: authority.certificate,
      oidc: { issuer: config.oidc.issuer, clientId: config.oidc.clientId, scopes: config.oidc.scopes },
    }),
  });
  opened.defer(() => http.close());
  const gateway = new Gateway({ devices, policy, hub, sessions, audit, metrics, clock, logger });

  const listener = await Listener.start({
    authority,
    config,
    hosts: listenerHosts(config),
    devices,
    connections,
    enrolment,
    gateway,
    http,
    hub,
    clock,
    logger,
  });
  addresses = controllerAddresses(config, listener.bound, authority.certificate);
  const { url, listener: address } = addresses;
  logger.info({ url, organisation: config.organisation, issuer: config.oidc.issuer }, 'controller is ready');
  if (isAdvertisedTooNarrowly(config)) {
    logger.warn({ replicas: replicas() }, 'apps and agents on other machines cannot dial this: set advertise');
  }

  const rest = opened.move();
  let closing: Promise<void> | undefined;
  const close = async () => {
    listener.stopAccepting();
    feed.close();
    entitlements.close();
    gateway.finish();
    await connections.close({ drainMs, reason: stopping() });
    http.close();
    await hub.close({ drainMs, reason: stopping() });
    await rest.disposeAsync();
    logger.info('controller has stopped');
  };

  return {
    url,
    address,
    importCluster: (name, labels) => importCluster({ name, labels }, 'the operator', clusters),
    applyPolicy: async (yaml, by) => ({ results: await policy.apply(yaml, by, 'apply') }),
    close: () => (closing ??= close()),
  };
}

function stopping(): ControllerError {
  return new ControllerError('POSTERN_CLUSTER_OFFLINE', 'the controller is stopping', {
    hint: 'try again in a moment',
  });
}

async function readPolicyFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new ControllerError('POSTERN_CONFIG_INVALID', `policy: ${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}
