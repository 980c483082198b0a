import type { ClusterDocument, PolicyDocument, PolicyKind, StoredDocument } from '../../proxy-core/contract/policy.ts';
import { type Clock, timestamp } from './clock.ts';
import { ControllerError } from './errors.ts';
import type { RevocationList } from './identity/revocation-list.ts';
import { parsePolicyDocuments } from './policy/documents.ts';
import { PolicySet } from './policy/policy-set.ts';
import type { Store } from './store/open.ts';
import { applyDocuments, type DocumentChange, deleteDocument, readDocuments } from './store/policy-documents.ts';

/** The stored policy as it decides now: every document, less the grants that are revoked. */
export class PolicyRegistry {
  readonly #store: Store;
  readonly #revocations: RevocationList;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #documents: StoredDocument[] = [];
  #current: PolicySet = PolicySet.from([]);
  #clusters = new Map<string, ClusterDocument>();

  private constructor(store: Store, revocations: RevocationList, clock: Clock) {
    this.#store = store;
    this.#revocations = revocations;
    this.#clock = clock;
  }

  static async open(store: Store, revocations: RevocationList, clock: Clock): Promise<PolicyRegistry> {
    const registry = new PolicyRegistry(store, revocations, clock);
    await registry.reload();
    return registry;
  }

  get current(): PolicySet {
    return this.#current;
  }

  get documents(): readonly StoredDocument[] {
    return this.#documents;
  }

  /** The registered clusters: a Cluster document is the registration. */
  get clusters(): ReadonlyMap<string, ClusterDocument> {
    return this.#clusters;
  }

  /** Called after each change. Returns its own undo. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Creates or updates documents, all or none.
   *
   * @throws {GatewayError} `POSTERN_POLICY_INVALID` naming document, field and line
   */
  async apply(yaml: string, by: string, mode: 'apply' | 'dry-run'): Promise<DocumentChange[]> {
    const documents = parsePolicyDocuments(yaml);
    const changes = await applyDocuments(this.#store, documents, () => by, timestamp(this.#clock.now()), mode);
    if (mode === 'apply' && changes.some(({ change }) => change !== 'unchanged')) await this.reload();
    return changes;
  }

  /**
   * Creates or updates what files say, all or none: what stands in one may name what stands in another.
   *
   * @throws {GatewayError} `POSTERN_POLICY_INVALID` naming file, document, field and line
   */
  async applyFiles(files: readonly { path: string; yaml: string }[]): Promise<void> {
    if (files.length === 0) return;
    const pathOf = new Map(
      files.flatMap(({ path, yaml }) => parsePolicyDocuments(yaml, path).map((document) => [document, path] as const)),
    );
    const by = (document: PolicyDocument) => `file ${pathOf.get(document)}`;
    await applyDocuments(this.#store, [...pathOf.keys()], by, timestamp(this.#clock.now()), 'apply');
    await this.reload();
  }

  /** Registers a cluster, or updates what is given of a registered one. */
  async registerCluster(
    name: string,
    { displayName, labels }: { displayName?: string | undefined; labels?: Record<string, string> | undefined },
    by: string,
  ): Promise<void> {
    const before = this.#clusters.get(name);
    const allLabels = labels ?? before?.metadata.labels;
    const shownName = displayName ?? before?.spec?.displayName;
    const document: ClusterDocument = {
      apiVersion: 'postern.dev/v1',
      kind: 'Cluster',
      metadata: { name, ...(allLabels ? { labels: allLabels } : {}) },
      ...(shownName === undefined ? {} : { spec: { displayName: shownName } }),
    };
    await applyDocuments(this.#store, [document], () => by, timestamp(this.#clock.now()), 'apply');
    await this.reload();
  }

  /**
   * @throws {ControllerError} `POSTERN_NOT_FOUND`
   * @throws {GatewayError} `POSTERN_POLICY_INVALID` for a role that a grant names
   */
  async delete(kind: PolicyKind, name: string, by: string): Promise<void> {
    if (!(await deleteDocument(this.#store, kind, name, by, timestamp(this.#clock.now())))) {
      throw new ControllerError('POSTERN_NOT_FOUND', `there is no ${kind} named ${name}`);
    }
    await this.reload();
  }

  /** Reads everything anew, after a change. */
  async reload(): Promise<void> {
    this.#documents = await readDocuments(this.#store);
    this.decideAnew();
  }

  /** Makes the policy anew of what is in memory: after a grant was revoked or restored, which waits for no disk. */
  decideAnew(): void {
    const documents = this.#documents.map(({ document }) => document);
    this.#clusters = new Map(
      documents.filter((document) => document.kind === 'Cluster').map((document) => [document.metadata.name, document]),
    );
    this.#current = PolicySet.from(
      documents.filter(
        ({ kind, metadata }) => kind !== 'Grant' || !this.#revocations.has({ kind: 'grant', name: metadata.name }),
      ),
    );
    for (const listener of this.#listeners) listener();
  }
}
