import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { PosternError } from '../../proxy-core/contract/errors.ts';
import { freeBuffersEarly } from '../../proxy-core/tunnel/index.ts';
import { onInterruption } from '../interruption.ts';
import { AgentError } from './errors.ts';
import { type AgentOptions, type RunningAgent, startAgent } from './index.ts';
import { agentVersion } from './version.ts';

interface Flags {
  controller: string;
  kubeconfig?: string;
  context?: string;
  joinTokenFile?: string;
  stateDir?: string;
  insecureSkipTlsVerify?: boolean;
}

const program = new Command('postern-agent')
  .description('Connects one Kubernetes cluster to a Postern controller. It dials out; nothing listens.')
  .version(agentVersion)
  .requiredOption('--controller <url>', 'controller URL with its pin, https://HOST:PORT#ca=sha256:…')
  .option('--kubeconfig <file>', 'run beside the cluster with this kubeconfig; without it, inside the cluster as a pod')
  .option('--context <name>', 'context in the kubeconfig; its current one by default')
  .option('--join-token-file <file>', 'file with the single-use join token (or set POSTERN_JOIN_TOKEN); needed once')
  .option('--state-dir <dir>', 'folder for key and certificate; needed beside the cluster')
  .option('--insecure-skip-tls-verify', 'do not verify the API server’s certificate')
  .exitOverride();

async function optionsOf(flags: Flags): Promise<AgentOptions> {
  const { controller, kubeconfig, joinTokenFile, ...rest } = flags;
  const joinToken =
    joinTokenFile === undefined ? process.env.POSTERN_JOIN_TOKEN : await read(joinTokenFile, '--join-token-file');
  return {
    ...rest,
    controllerUrl: controller,
    ...(joinToken?.trim() ? { joinToken: joinToken.trim() } : {}),
    ...(kubeconfig === undefined
      ? {}
      : { kubeconfig: await read(kubeconfig, '--kubeconfig'), kubeconfigFolder: dirname(resolve(kubeconfig)) }),
  };
}

async function read(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = flag === '--kubeconfig' ? 'POSTERN_AGENT_KUBECONFIG' : 'POSTERN_USAGE';
    throw new AgentError(code, `${flag}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

async function run(): Promise<void> {
  program.parse();
  freeBuffersEarly();
  const agent: RunningAgent = await startAgent(await optionsOf(program.opts<Flags>()));
  onInterruption(() => void agent.close().then(() => process.exit(0)));
  // An agent whose tunnel is down waits on timers that do not keep a process alive.
  const keepAlive = setInterval(() => undefined, 0x7fffffff);
  try {
    await agent.ready;
  } catch (error) {
    clearInterval(keepAlive);
    await agent.close();
    throw error;
  }
}

run().catch((error: unknown) => {
  if (error instanceof CommanderError) process.exit(error.exitCode);
  const message = error instanceof PosternError ? `${error.code}: ${error.message}` : String(error);
  const hint = error instanceof PosternError && error.hint ? `\n  ${error.hint}` : '';
  process.stderr.write(`postern-agent: ${message}${hint}\n`);
  process.exit(1);
});
