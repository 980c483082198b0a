import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { electronRuntime } from './electron-runtime.ts';
import { bringUpToDate } from './outputs.ts';
import { repository, Service } from './program.ts';

/**
 * `npm start`: runs the sample organisation and opens the desktop app on it, or serves the interface to a browser where there
 * is no Electron. All its state lies in a folder that goes with it, so nobody's real sign-in is touched.
 */
interface Demo {
  controller: string;
  people: { username: string; password: string; groups: string[] }[];
  error?: { message: string };
}

const commandLine = join(repository, 'proxy-core/cli/main.ts');
const parentCheckMs = 500;
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort());
// A signal to `npm start` ends npm and its shell, which passes none on; what shows is that somebody else is the parent now.
const shell = process.ppid;
setInterval(() => process.ppid !== shell && interruption.abort(), parentCheckMs).unref();
const interrupted = new Promise<void>((resolve) => {
  interruption.signal.addEventListener('abort', () => resolve(), { once: true });
});

const cleanups: (() => Promise<unknown>)[] = [];
try {
  const isDone = interrupted.then(() => true);
  const started = start();
  await Promise.race([started, isDone]);
  // What an interruption leaves half started fails by itself; it is no news.
  if (interruption.signal.aborted) started.catch(() => undefined);
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup();
}
process.exit();

async function start(): Promise<void> {
  await bringUpToDate();
  const home = await mkdtemp(join(tmpdir(), 'postern-start-'));
  cleanups.push(() => rm(home, { recursive: true, force: true }));
  const environment = { ...process.env, POSTERN_HOME: home };

  const demo = serve(process.execPath, [commandLine, 'demo', '-o', 'json'], environment, 'pipe');
  const [{ controller, people, error }, runtime] = await Promise.all([
    demo.firstLine<Demo>(),
    electronRuntime(interruption.signal),
  ]);
  if (error) throw new Error(error.message);

  if (runtime.kind === 'present') {
    process.stdout.write(welcome(people));
    const sandbox = process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const app = serve(
      runtime.program,
      [...sandbox, join(repository, '.out/electron/main.js'), `--controller=${controller}`],
      environment,
      'inherit',
    );
    await Promise.race([app.ended, demo.ended]);
    return;
  }
  process.stdout.write(
    `The desktop app cannot open: ${runtime.reason}. The same interface is served to a browser instead.\n`,
  );
  const core = serve(
    process.execPath,
    [commandLine, 'ui', '--no-open', '--controller', controller, '-o', 'json'],
    environment,
    'pipe',
  );
  const { url } = await core.firstLine<{ url: string }>();
  process.stdout.write(`\n  ${url}\n${welcome(people)}`);
  await Promise.race([core.ended, demo.ended]);
}

function serve(...parameters: ConstructorParameters<typeof Service>): Service {
  const service = new Service(...parameters);
  cleanups.push(() => service.stop());
  return service;
}

function welcome(people: Demo['people']): string {
  const width = Math.max(...people.map(({ username }) => username.length));
  const lines = people.map(
    ({ username, groups }) => `  ${username.padEnd(width)}  ${groups.join(', ') || 'no groups'}`,
  );
  return `
Sign in as one of these people, password "${people[0]?.password}":
${lines.join('\n')}

Stop with Ctrl+C.
`;
}
