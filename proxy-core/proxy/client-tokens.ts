import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Which kubeconfig a token was written to. */
export type TokenOwner = { kind: 'kubeconfig' } | { kind: 'terminal'; id: string };

/** What a presented token says. */
export interface Identified {
  owner: TokenOwner;
  /** The kubeconfig context that the token was written for: `<cluster>` or `<cluster>+<role>`. Not secret, and not proof. */
  context: { cluster: string; role: string | undefined } | undefined;
}

/** Bytes of a token; 256 bits leave nothing to guess. */
const tokenBytes = 32;
const scheme = 'bearer ';
/** The secret, and perhaps the context it was written for; see `contextToken` of the kubeconfig. */
const tokenForm = /^([A-Za-z0-9_-]+)(?:\.([a-z0-9][-a-z0-9]*)(?:\+([a-z0-9][-a-z0-9]*))?)?$/;

export interface ClientTokensOptions {
  random?: (bytes: number) => Buffer;
  /** The kubeconfig's token of the last run: a restart is no new sign-in, and k9s would not read the file again. */
  kept?: string | undefined;
  /** Told of the kubeconfig's token whenever it changes. */
  keep?: (kubeconfigToken: string | null) => void;
}

/**
 * The bearer tokens that open the local proxy: one for the written kubeconfig, one per in-app terminal, so that the log
 * knows which terminal a request came from.
 *
 * @example
 * const tokens = new ClientTokens();
 * const token = tokens.issue({ kind: 'kubeconfig' });
 * tokens.identify(`Bearer ${token}`, connection); // { owner: { kind: 'kubeconfig' }, context: undefined }
 */
export class ClientTokens {
  readonly #random: (bytes: number) => Buffer;
  /** By owner; only digests are compared. */
  readonly #issued = new Map<string, { owner: TokenOwner; token: string; digest: Buffer }>();
  /** What each connection presented last and was found good: a tool presents the same at every request. */
  #known = new WeakMap<object, { authorization: string; identified: Identified }>();
  readonly #keep: (kubeconfigToken: string | null) => void;

  constructor(options: ClientTokensOptions = {}) {
    this.#random = options.random ?? randomBytes;
    this.#keep = options.keep ?? (() => undefined);
    if (options.kept) this.#add({ kind: 'kubeconfig' }, options.kept);
  }

  /** The owner's token; made now where the owner has none. */
  issue(owner: TokenOwner): string {
    const present = this.#issued.get(keyOf(owner));
    if (present) return present.token;
    const token = this.#random(tokenBytes).toString('base64url');
    this.#add(owner, token);
    if (owner.kind === 'kubeconfig') this.#keep(token);
    return token;
  }

  /**
   * Whose token an `Authorization` header carries. Takes the same time whichever token is presented: every digest is
   * compared, in constant time, and none ends the search. Only what the same connection has proved before is compared as a
   * text: there, nobody learns from the time it takes what they did not know.
   *
   * @param connection the one that the header came on
   */
  identify(authorization: string | undefined, connection: object): Identified | undefined {
    const known = this.#known.get(connection);
    if (known !== undefined && known.authorization === authorization) return known.identified;
    const identified = this.#search(authorization);
    if (identified !== undefined && authorization !== undefined) {
      this.#known.set(connection, { authorization, identified });
    }
    return identified;
  }

  #search(authorization: string | undefined): Identified | undefined {
    if (authorization === undefined || authorization.slice(0, scheme.length).toLowerCase() !== scheme) return undefined;
    const [, secret = '', cluster, role] = tokenForm.exec(authorization.slice(scheme.length).trim()) ?? [];
    const presented = digestOf(secret);
    let found: TokenOwner | undefined;
    for (const { owner, digest } of this.#issued.values()) {
      if (timingSafeEqual(digest, presented)) found = owner;
    }
    return found && { owner: found, context: cluster === undefined ? undefined : { cluster, role } };
  }

  /** Voids every token; owners are issued new ones. Called at each sign-in. */
  rotate(): void {
    this.#issued.clear();
    this.#known = new WeakMap();
    this.#keep(null);
  }

  /** Voids one owner's token. */
  revoke(owner: TokenOwner): void {
    this.#issued.delete(keyOf(owner));
    this.#known = new WeakMap();
    if (owner.kind === 'kubeconfig') this.#keep(null);
  }

  #add(owner: TokenOwner, token: string): void {
    this.#issued.set(keyOf(owner), { owner, token, digest: digestOf(token) });
  }
}

function keyOf(owner: TokenOwner): string {
  return owner.kind === 'terminal' ? `terminal/${owner.id}` : owner.kind;
}

function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
