/** Where the refresh token and the device key live between starts. Never a file. */
export interface SecretStore {
  /** `memory` also while a keychain refuses to take something: that ends with the process. */
  readonly kind: 'keychain' | 'memory';
  read(name: string): Promise<string | undefined>;
  write(name: string, secret: string): Promise<void>;
  remove(name: string): Promise<void>;
}

interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

const probeName = 'postern-probe';
/** Calls into the keychain that have not come back. */
let callsUnderWay = 0;

/** Whether a thread waits for the keychain, as while that asks its owner. It cannot be called off, and no exit is without it. */
export function isKeychainAsked(): boolean {
  return callsUnderWay > 0;
}

/**
 * The OS keychain (Secret Service, Keychain, Credential Manager) where it answers, else memory. Whether it answers is found
 * by asking: libsecret may be there without a daemon behind it, and then every call fails. Whether it also takes something
 * is known only when there is something: a keyring that is locked, as over SSH, answers reads as if it were empty.
 *
 * @param service the keychain's service name; differs by state folder, so that two do not share a sign-in
 * @param warn told why there is no keychain, or why it does not take a secret
 */
export async function openSecretStore({
  service,
  warn,
  loadKeytar = async () => (await import('keytar')).default as Keytar,
}: {
  service: string;
  warn: (cause: unknown) => void;
  loadKeytar?: () => Promise<Keytar>;
}): Promise<SecretStore> {
  try {
    const keytar = counted(await loadKeytar());
    await keytar.getPassword(service, probeName);
    return keychain(keytar, service, warn);
  } catch (cause) {
    warn(cause);
    return memorySecretStore();
  }
}

function counted(keytar: Keytar): Keytar {
  const count = async <Result>(call: Promise<Result>): Promise<Result> => {
    callsUnderWay += 1;
    try {
      return await call;
    } finally {
      callsUnderWay -= 1;
    }
  };
  return {
    getPassword: (service, account) => count(keytar.getPassword(service, account)),
    setPassword: (service, account, password) => count(keytar.setPassword(service, account, password)),
    deletePassword: (service, account) => count(keytar.deletePassword(service, account)),
  };
}

function keychain(keytar: Keytar, service: string, warn: (cause: unknown) => void): SecretStore {
  /** What the keychain did not take. */
  const held = new Map<string, string>();
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other, so that nothing that was removed comes back with what is tried again. */
  const inTurn = <Result>(step: () => Promise<Result>): Promise<Result> => {
    const result = last.then(step);
    last = result.catch(() => undefined);
    return result;
  };
  const keep = async (name: string, secret: string): Promise<void> => {
    try {
      await keytar.setPassword(service, name, secret);
      held.delete(name);
      for (const [waiting, itsSecret] of [...held]) {
        await keytar.setPassword(service, waiting, itsSecret);
        held.delete(waiting);
      }
    } catch (cause) {
      held.set(name, secret);
      warn(cause);
    }
  };
  return {
    get kind() {
      return held.size > 0 ? 'memory' : 'keychain';
    },
    read: (name) => inTurn(async () => held.get(name) ?? (await keytar.getPassword(service, name)) ?? undefined),
    write: (name, secret) => inTurn(() => keep(name, secret)),
    remove: (name) =>
      inTurn(async () => {
        held.delete(name);
        await keytar.deletePassword(service, name);
      }),
  };
}

/** Ends with the process. */
export function memorySecretStore(): SecretStore {
  const secrets = new Map<string, string>();
  return {
    kind: 'memory',
    read: async (name) => secrets.get(name),
    write: async (name, secret) => void secrets.set(name, secret),
    remove: async (name) => void secrets.delete(name),
  };
}
