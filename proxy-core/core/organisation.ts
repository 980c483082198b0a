import { X509Certificate } from 'node:crypto';
import type { ConnectionState, IdentityState, Problem, SignInProgress } from '../contract/app.ts';
import type { Cluster } from '../contract/clusters.ts';
import type { LiveEvent } from '../contract/controller.ts';
import type { PosternError } from '../contract/errors.ts';
import type { Session } from '../contract/sessions.ts';
import { type DeviceCredentials, Identity, type SecretStore, type SignInMethod } from '../identity/index.ts';
import { controllerHttpsAgent, fetchOver } from '../tunnel/index.ts';
import { Connection } from './connection.ts';
import { type ControllerClient, controllerClient } from './controller-client.ts';
import type { CurrentTunnel } from './current-tunnel.ts';
import { forgetEntitlements, readEntitlements, writeEntitlements } from './entitlements.ts';
import { CoreError } from './errors.ts';
import type { KnownController } from './known-controller.ts';
import { type Clock, isoTime, type Logger, type Random } from './surroundings.ts';

export interface OrganisationOptions {
  controller: KnownController;
  secretStore: SecretStore;
  deviceName: string;
  openBrowser(url: string): Promise<void>;
  currentTunnel: CurrentTunnel;
  /** Where the last pushed clusters are kept. */
  entitlementsPath: string;
  onChange(): void;
  onSession(session: Session): void;
  /** Everything was pushed: what is known beyond it may be out of date. */
  onSnapshot(): void;
  /** @param credentials of the sign-in; a renewal keeps the key, a new sign-in has another */
  onSignedIn(credentials: DeviceCredentials): void;
  clock: Clock;
  random: Random;
  logger: Logger;
}

/** How long the controller may take to hear of a sign-out; a device that is offline must still be able to sign out. */
const signOutWaitMs = 3_000;
/** Calls that are being answered still end: one of them may be what ended the sign-in. */
const lastAnswersMs = 250;
/** What the controller or the tunnel says when the certificate is too old rather than unwanted. */
const staleCertificate: ReadonlySet<string> = new Set(['POSTERN_CERTIFICATE_EXPIRED']);

/** One controller as this device knows it: who is signed in there, the way to it, and what it pushed. */
export class Organisation {
  readonly identity: Identity;
  readonly #options: OrganisationOptions;
  readonly #httpsAgent: ReturnType<typeof controllerHttpsAgent>;
  #controller: KnownController;
  #connection: Connection | undefined;
  #clusters: Cluster[] = [];
  #clustersOf: string | undefined;
  readonly #sessions = new Map<string, Session>();
  #restoring = true;
  #signingOut = false;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: OrganisationOptions) {
    this.#options = options;
    this.#controller = options.controller;
    const { controller, clock } = options;
    this.#httpsAgent = controllerHttpsAgent({ ca: controller.ca });
    const api = controllerClient(fetchOver(this.#httpsAgent, controller.origin), controller.origin);
    this.identity = new Identity({
      controllerUrl: controller.url,
      oidc: controller.discovery.oidc,
      deviceName: options.deviceName,
      secretStore: options.secretStore,
      exchangeCertificate: (input, signal) => api.signIn.exchange(input, { signal }),
      openBrowser: options.openBrowser,
      clock,
      random: options.random,
    });
    this.identity.onState((state) => this.#identityChanged(state));
  }

  get controller(): KnownController {
    return this.#controller;
  }

  get name(): string {
    return this.#controller.discovery.organisation;
  }

  /** As last pushed, or as remembered; they outlive a lapsed sign-in, not a sign-out. */
  get clusters(): readonly Cluster[] {
    return this.#clusters;
  }

  get sessions(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  /** Whether {@link clusters} is what the controller says now. */
  get live(): boolean {
    return this.#connection?.live ?? false;
  }

  /** When {@link clusters} ceased to be so. */
  get lostAt(): string | undefined {
    return this.#connection?.lostAt;
  }

  /** A former sign-in is being taken up; who is signed in is not known yet. */
  get restoring(): boolean {
    return this.#restoring;
  }

  get isConnected(): boolean {
    return this.#connection?.isOpen ?? false;
  }

  get connection(): ConnectionState {
    return this.#connection?.state ?? { kind: 'idle' };
  }

  /** Takes up the sign-in of a former start, silently. */
  async restore(): Promise<void> {
    try {
      await this.identity.restore();
    } finally {
      this.#restoring = false;
      this.#options.onChange();
    }
  }

  signIn(method: SignInMethod, signal?: AbortSignal): AsyncIterable<SignInProgress> {
    return this.identity.signIn(method, signal);
  }

  /**
   * In this order: the controller ends the sessions and refuses the certificate from now on; the keychain forgets; what was
   * pushed is forgotten; the tunnel goes. Tokens and kubeconfig follow from the change of state.
   */
  async signOut(): Promise<void> {
    // Who is signed in is known from now on, whatever a renewal under way still brings.
    this.#restoring = false;
    this.#signingOut = true;
    const connection = this.#connection;
    if (connection) {
      const signal = AbortSignal.timeout(signOutWaitMs);
      try {
        const api = await connection.api(signal);
        await api.signOut(undefined, { signal });
      } catch (error) {
        this.#options.logger.warn({ err: error }, 'the controller was not told of the sign-out');
      }
    }
    this.#clusters = [];
    this.#sessionsEnded('signed-out');
    try {
      await this.identity.signOut();
    } finally {
      this.#signingOut = false;
      await this.#saving;
      await forgetEntitlements(this.#options.entitlementsPath);
    }
  }

  /**
   * The controller's API inside the tunnel.
   *
   * @throws {CoreError} `POSTERN_SIGNED_OUT`
   * @throws {TunnelError} where the tunnel does not open
   */
  async api(signal?: AbortSignal): Promise<ControllerClient> {
    if (!this.#connection) {
      throw new CoreError('POSTERN_SIGNED_OUT', `Nobody is signed in to ${this.name}`, { hint: 'sign in first' });
    }
    return this.#connection.api(signal);
  }

  /** A newer answer of the same controller about itself. */
  controllerChanged(controller: KnownController): void {
    this.#controller = controller;
    this.#options.onChange();
  }

  /** After sleep or a network change. Timers stand still while a machine sleeps, so a renewal may be overdue too. */
  awake(): void {
    this.#connection?.tunnel.reconnectNow();
    const certificate = this.identity.credentials()?.certificate;
    if (certificate !== undefined && renewalDue(certificate, this.#options.clock.now())) this.#renew();
  }

  async close(drainMs: number): Promise<void> {
    await Promise.all([this.identity.close(), this.#disconnect(drainMs)]);
    this.#httpsAgent.destroy();
    await this.#saving;
  }

  #identityChanged(state: IdentityState): void {
    if (state.kind === 'signed-in') {
      if (this.#connection) {
        this.#connection.tunnel.rotate().catch((error: unknown) => {
          this.#options.logger.warn({ err: error }, 'the tunnel could not be moved to the new certificate at once');
        });
      } else this.#connect(state.user.name);
    } else if (state.kind === 'signed-out') {
      this.#disconnect(lastAnswersMs).catch((error: unknown) => {
        this.#options.logger.error({ err: error }, 'the tunnel could not be closed in order');
      });
    }
    this.#options.onChange();
  }

  #connect(user: string): void {
    if (this.#clustersOf !== user) this.#clusters = [];
    this.#clustersOf = user;
    const { clock, random, logger, currentTunnel } = this.#options;
    const connection = new Connection({
      replicas: this.#controller.discovery.replicas,
      credentials: () => {
        const credentials = this.identity.credentials();
        return credentials && { ...credentials, ca: this.#controller.ca };
      },
      onLive: (event) => this.#pushed(event),
      onChange: () => this.#options.onChange(),
      onRefused: (reason) => this.#refused(reason),
      clock,
      random,
      logger,
    });
    this.#connection = connection;
    currentTunnel.set(connection.tunnel);
    const credentials = this.identity.credentials();
    if (credentials) this.#options.onSignedIn(credentials);
    void this.#recall(user);
  }

  async #disconnect(drainMs: number): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#sessions.clear();
    if (!connection) return;
    this.#options.currentTunnel.set(undefined);
    await connection.close(drainMs);
  }

  /** Until the controller has pushed, what it pushed to the same person last time is the best there is. */
  async #recall(user: string): Promise<void> {
    const known = await readEntitlements(this.#options.entitlementsPath).catch(() => undefined);
    if (!known || this.live || this.#clusters.length > 0) return;
    if (known.user !== user || known.controllerUrl !== this.#controller.url) return;
    this.#clusters = known.clusters.map((cluster) => ({ ...cluster, status: 'offline', latencyMs: null }));
    this.#options.onChange();
  }

  #pushed(event: LiveEvent): void {
    switch (event.kind) {
      case 'snapshot':
        this.#sessions.clear();
        for (const session of event.sessions) this.#sessionPushed(session);
        this.#clustersPushed(event.clusters);
        this.#options.onSnapshot();
        break;
      case 'clusters':
        this.#clustersPushed(event.clusters);
        break;
      case 'session':
        this.#sessionPushed(event.session);
        break;
      case 'replicas':
        break;
      case 'revoked':
        this.#revoked(event.message);
        return;
      default:
        event satisfies never;
    }
    this.#options.onChange();
  }

  #sessionPushed(session: Session): void {
    if (session.endedAt === null) this.#sessions.set(session.id, session);
    else this.#sessions.delete(session.id);
    this.#options.onSession(session);
  }

  #clustersPushed(clusters: Cluster[]): void {
    this.#clusters = clusters;
    const { state } = this.identity;
    if (state.kind !== 'signed-in') return;
    const { entitlementsPath, logger } = this.#options;
    this.#saving = this.#saving
      .then(() =>
        writeEntitlements(entitlementsPath, { controllerUrl: this.#controller.url, user: state.user.name, clusters }),
      )
      .catch((error: unknown) => logger.warn({ err: error }, 'the clusters could not be remembered'));
  }

  /** The connection is cut before the controller's last pushes can have come through. */
  #sessionsEnded(endReason: Session['endReason']): void {
    const endedAt = isoTime(this.#options.clock.now());
    for (const session of this.sessions) this.#sessionPushed({ ...session, endedAt, endReason });
  }

  #refused(reason: PosternError): void {
    if (reason.code === 'POSTERN_SESSION_REVOKED') this.#revoked(reason.message);
    else if (reason.code === 'POSTERN_SIGNED_OUT') this.#signedOutThere(reason.message);
    else if (staleCertificate.has(reason.code)) this.#renew();
  }

  #renew(): void {
    this.identity.renew().catch((error: unknown) => {
      this.#options.logger.error({ err: error }, 'the certificate could not be renewed');
    });
  }

  #revoked(message: string): void {
    this.#sessionsEnded('revoked');
    this.#end({ code: 'POSTERN_SESSION_REVOKED', message, hint: 'ask an administrator to restore your access' });
  }

  /** A sign-out that came as far as the controller: the keychain refused then, or Postern was killed. */
  #signedOutThere(message: string): void {
    if (this.#signingOut) return;
    this.#sessionsEnded('signed-out');
    this.#end({ code: 'POSTERN_SIGNED_OUT', message, hint: 'sign in again' });
  }

  #end(problem: Problem): void {
    this.identity
      .signOut(problem)
      .catch((error: unknown) =>
        this.#options.logger.error({ err: error }, 'the keychain could not forget the sign-in'),
      );
  }
}

/** From two thirds of the certificate's life on. */
function renewalDue(certificate: string, now: number): boolean {
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  return now >= validFromDate.getTime() + ((validToDate.getTime() - validFromDate.getTime()) * 2) / 3;
}
