import { parseArgs } from 'node:util';
import { toWireError } from '../../proxy-core/contract/errors.ts';
import { stderrLogger } from '../stderr-logger.ts';
import { type Demo, startDemo } from './index.ts';

/** `node server-mock/demo/main.ts [-o json] [--port N]`: what `postern demo` runs. Stays until a signal or its parent's end. */
const { values } = parseArgs({
  options: { output: { type: 'string', short: 'o', default: 'text' }, port: { type: 'string', default: '0' } },
});
const isJson = values.output === 'json';

try {
  const demo = await startDemo({ controllerPort: Number(values.port), logger: stderrLogger('postern-demo', 'warn') });
  stopOnSignal(demo);
  process.stdout.write(isJson ? `${JSON.stringify(readyLine(demo))}\n` : welcome(demo));
} catch (error) {
  const { code, message, hint } = toWireError(error);
  process.stdout.write(isJson ? `${JSON.stringify({ ready: false, error: { code, message, hint } })}\n` : '');
  process.stderr.write(`error: ${message} (${code})\n${hint ? `hint: ${hint}\n` : ''}`);
  process.exitCode = 1;
}

function readyLine({ controller, issuer, people, clusters }: Demo) {
  return {
    ready: true,
    controller,
    issuer,
    people: people.map(({ username, password, groups }) => ({ username, password, groups })),
    clusters: clusters.map(({ name, labels }) => ({ name, labels, emulated: true })),
  };
}

function welcome({ controller, issuer, people, clusters }: Demo): string {
  const width = Math.max(...people.map(({ username }) => username.length));
  return `The sample organisation "acme" is running. Its clusters are emulations, not Kubernetes.

  Controller         ${controller}
  Identity provider  ${issuer}
  Clusters           ${clusters.map(({ name }) => name).join(', ')}

  People (password "${people[0]?.password}")
${people.map(({ username, groups }) => `    ${username.padEnd(width)}  ${groups.join(', ') || 'no groups'}`).join('\n')}

Next, in another terminal:

  npm run -s postern -- up --controller '${controller}'
  npm run -s postern -- login

Stop with Ctrl+C.
`;
}

function stopOnSignal(demo: Demo): void {
  const stop = (): void => {
    // Closing is idempotent: a second signal waits for the same end.
    demo.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // `postern demo` holds an IPC channel: when it is gone, also by SIGKILL, so is the demo.
  process.on('disconnect', stop);
}
