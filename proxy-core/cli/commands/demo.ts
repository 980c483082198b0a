import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { type CommandLine, type OutputFormat, outputOption } from '../command-line.ts';
import { OtherProgramFailed } from '../errors.ts';

const demoProgram = join(import.meta.dirname, '..', '..', '..', 'server-mock', 'demo', 'main.ts');

export function demoCommand(line: CommandLine): Command {
  return new Command('demo')
    .description('run a sample organisation on this machine: identity provider, controller, two emulated clusters')
    .option('--port <port>', 'the controller’s port (default: any free one)', portNumber)
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Stays in the foreground; Ctrl-C or SIGTERM ends all it started. Nothing is kept.

Examples:
  $ postern demo                 people, passwords and what to do next
  $ postern demo -o json         one line for scripts: {"ready":true,"controller":…,"issuer":…,"people":[…],"clusters":[…]}
`,
    )
    .action(async ({ port, output }: { port?: number; output: OutputFormat }) => {
      const exitCode = await runDemo(line, ['-o', output, ...(port === undefined ? [] : ['--port', String(port)])]);
      if (exitCode !== 0) throw new OtherProgramFailed(exitCode);
    });
}

function portNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('It must be a port number.');
  return value;
}

/** The other side is a program of its own. Through the IPC channel it notices when this one is killed. */
function runDemo(line: CommandLine, args: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const demo = spawn(process.execPath, [demoProgram, ...args], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: line.environment,
    });
    const pass = (): void => void demo.kill('SIGTERM');
    if (line.interrupted.aborted) pass();
    line.interrupted.addEventListener('abort', pass, { once: true });
    demo.once('error', reject);
    demo.once('exit', (code, signal) => {
      line.interrupted.removeEventListener('abort', pass);
      resolve(code ?? (signal === 'SIGTERM' || signal === 'SIGINT' ? 0 : 1));
    });
  });
}
