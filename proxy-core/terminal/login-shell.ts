import { userInfo } from 'node:os';
import { basename, delimiter, join } from 'node:path';

/** How to start a shell so that the user's own start-up files run as at a login, and our integration after them. */
export interface ShellLaunch {
  file: string;
  args: string[];
  environment: NodeJS.ProcessEnv;
}

const scripts = join(import.meta.dirname, 'shell-integration');

interface LaunchOptions {
  shell: string;
  environment: NodeJS.ProcessEnv;
  /** The terminal's own folder with `kubeconfig` and `nonce`. */
  folder: string;
}

/** The user's login shell: what the system says, else `SHELL`, else the one that every system has. */
export function loginShell(environment: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32') return environment.ComSpec ?? 'cmd.exe';
  let shell: string | null = null;
  try {
    shell = userInfo().shell;
  } catch {
    // An account without a passwd entry (containers with an arbitrary uid).
  }
  const usable = [environment.SHELL, shell].find((path) => path?.startsWith('/') && !/\/(nologin|false)$/.test(path));
  return usable ?? '/bin/sh';
}

/**
 * bash, zsh and fish get the scripts in `shell-integration/` without a change to the user's files; any other shell runs
 * as it is, as a login shell, and its commands show in the log without their exact line.
 */
export function planLaunch({ shell, environment, folder }: LaunchOptions): ShellLaunch {
  const own: NodeJS.ProcessEnv = {
    ...withoutOurSurroundings(environment),
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    TERM_PROGRAM: 'postern',
    KUBECONFIG: join(folder, 'kubeconfig'),
    POSTERN_TERMINAL: folder,
  };
  if (process.platform === 'win32') return { file: shell, args: [], environment: own };
  switch (basename(shell)) {
    case 'bash':
      return { file: shell, args: ['--init-file', join(scripts, 'bash.sh'), '-i'], environment: own };
    case 'zsh':
      return {
        file: shell,
        args: ['-i', '-l'],
        environment: {
          ...own,
          ZDOTDIR: join(scripts, 'zsh'),
          POSTERN_USER_ZDOTDIR: environment.ZDOTDIR ?? environment.HOME ?? '/',
        },
      };
    case 'fish':
      return {
        file: shell,
        args: ['--interactive', '--login', '--init-command', 'source "$POSTERN_TERMINAL/integration.fish"'],
        environment: own,
      };
    default:
      return { file: shell, args: ['-l'], environment: own };
  }
}

/** Files that a shell reads from the terminal's own folder rather than from ours, since their path must need no quoting. */
export const filesInFolder = { fish: { from: join(scripts, 'fish.fish'), to: 'integration.fish' } };

/** What `npm run`, Electron and this process itself put into the environment is not the user's. */
function withoutOurSurroundings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(environment)) {
    if (/^(npm_|ELECTRON_|POSTERN_|VSCODE_)/.test(name) || ['NODE', 'NODE_OPTIONS', 'INIT_CWD'].includes(name))
      continue;
    kept[name] = value;
  }
  const path = kept.PATH?.split(delimiter).filter(
    (entry) => !/(node_modules[/\\]\.bin|node-gyp-bin)[/\\]?$/.test(entry),
  );
  if (path) kept.PATH = path.join(delimiter);
  return kept;
}
