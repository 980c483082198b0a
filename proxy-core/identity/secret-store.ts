/** Where the refresh token and the device key live between starts. Never a file. */
export interface SecretStore {
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

/**
 * The OS keychain (Secret Service, Keychain, Credential Manager) where it answers, else memory. Whether it answers is found
 * by asking: libsecret may be there without a daemon behind it, and then every call fails.
 *
 * @param service the keychain's service name; differs by state folder, so that two do not share a sign-in
 * @param warn told why there is no keychain
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
    const keytar = await loadKeytar();
    await keytar.getPassword(service, probeName);
    return keychain(keytar, service);
  } catch (cause) {
    warn(cause);
    return memorySecretStore();
  }
}

function keychain(keytar: Keytar, service: string): SecretStore {
  return {
    kind: 'keychain',
    read: async (name) => (await keytar.getPassword(service, name)) ?? undefined,
    write: (name, secret) => keytar.setPassword(service, name, secret),
    remove: async (name) => void (await keytar.deletePassword(service, name)),
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
