import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { startEmulatedCluster } from './index.ts';

const usage = `Runs one emulated Kubernetes cluster on loopback until it is interrupted.

  node server-mock/cluster/main.ts [--name NAME] [--port PORT] [--seed acme|empty] [--kubeconfig-out FILE]

Without --kubeconfig-out the kubeconfig, which holds an administrator's key, is printed.
`;

const { values } = parseArgs({
  options: {
    name: { type: 'string', default: 'dev' },
    port: { type: 'string', default: '0' },
    seed: { type: 'string', default: 'acme' },
    'kubeconfig-out': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const { name, seed, 'kubeconfig-out': file } = values;
  const port = Number(values.port);
  if (seed !== 'acme' && seed !== 'empty') throw new Error(`--seed is acme or empty, not ${seed}`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port is not a port: ${values.port}`);
  const cluster = await startEmulatedCluster({ name, port, seed });
  if (file === undefined) process.stdout.write(cluster.kubeconfig);
  else await writeFile(file, cluster.kubeconfig, { mode: 0o600 });
  process.stderr.write(`emulated cluster ${name} at ${cluster.url}${file ? `; kubeconfig in ${file}` : ''}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void cluster.close());
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
