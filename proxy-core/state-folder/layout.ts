import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where everything that Postern keeps on this device lies. Folders are 0700, files 0600. */
export interface StateFolder {
  home: string;
  settings: string;
  /** The local proxy's folder: CA, server certificate, port, token. */
  proxy: string;
  sessionLog: string;
  /** How the command line reaches the running core: `{ pid, url, token }`. */
  core: string;
  /** Each terminal's own kubeconfig, in a folder below. */
  terminals: string;
  /** Which terminals were open. */
  terminalTabs: string;
  /** The kubeconfig that Postern writes. */
  kubeconfig: string;
  /** kubectl's own file, for the merge. */
  kubectlConfig: string;
  /** Tells this home's kubeconfig entries from those of another Postern on the same machine. */
  installation: string;
  /** The keychain's service name. It holds a hash of `home`, so that two homes do not mix. */
  keychainService: string;
}

/**
 * `POSTERN_HOME`, else the operating system's place for a program's state: `$XDG_STATE_HOME/postern` (or
 * `~/.local/state/postern`), `~/Library/Application Support/Postern`, `%LOCALAPPDATA%\Postern`.
 *
 * The kubeconfig stands beside kubectl's (`~/.kube/postern.yaml`), where Lens picks it up; with `POSTERN_HOME` set on
 * purpose it stays inside that folder, so that a second Postern leaves the first one's alone. `POSTERN_KUBECONFIG` wins.
 */
export function stateFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  userHome: string = homedir(),
): StateFolder {
  const chosen = environment.POSTERN_HOME || undefined;
  const home = resolve(chosen ?? defaultHome(environment, platform, userHome));
  const installation = createHash('sha256').update(home).digest('hex').slice(0, 12);
  const kubeconfig = resolve(
    environment.POSTERN_KUBECONFIG ||
      (chosen ? join(home, 'kubeconfig.yaml') : join(userHome, '.kube', 'postern.yaml')),
  );
  // Whoever uses our own file has it in KUBECONFIG; the merge is about another one.
  const othersKubeconfig = environment.KUBECONFIG?.split(platform === 'win32' ? ';' : ':').find(
    (path) => path !== '' && resolve(path) !== kubeconfig,
  );
  return {
    home,
    settings: join(home, 'settings.json'),
    proxy: join(home, 'proxy'),
    sessionLog: join(home, 'session-log.sqlite'),
    core: join(home, 'core.json'),
    terminals: join(home, 'terminals'),
    terminalTabs: join(home, 'terminal-tabs.json'),
    kubeconfig,
    kubectlConfig: resolve(othersKubeconfig ?? join(userHome, '.kube', 'config')),
    installation,
    keychainService: `postern-${installation}`,
  };
}

function defaultHome(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform, userHome: string): string {
  switch (platform) {
    case 'darwin':
      return join(userHome, 'Library', 'Application Support', 'Postern');
    case 'win32':
      return join(environment.LOCALAPPDATA || join(userHome, 'AppData', 'Local'), 'Postern');
    default:
      return join(environment.XDG_STATE_HOME || join(userHome, '.local', 'state'), 'postern');
  }
}
