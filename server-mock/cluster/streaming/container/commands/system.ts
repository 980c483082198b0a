import { aborted, untilAborted } from '../io.ts';
import { type Command, exitCodes, Interrupted, parseFlags, runCommand } from '../process.ts';
import type { FindProgram } from '../shell/shell.ts';

const kernel = { name: 'Linux', release: '6.1.0-postern-emulation', machine: 'x86_64' } as const;

const pwd: Command = async (process) => {
  await process.write(`${process.context.workingDirectory}\n`);
  return 0;
};

const hostname: Command = async (process) => {
  await process.write(`${process.context.container.podName}\n`);
  return 0;
};

const whoami: Command = async (process) => {
  await process.write('root\n');
  return 0;
};

const id: Command = async (process) => {
  await process.write(process.args[0] === '-u' ? '0\n' : 'uid=0(root) gid=0(root) groups=0(root)\n');
  return 0;
};

const uname: Command = async (process) => {
  const { flags } = parseFlags(process.args);
  const host = process.context.container.podName;
  const fields: [flag: string, value: string][] = [
    ['s', kernel.name],
    ['n', host],
    ['r', kernel.release],
    ['v', '#1 emulated by Postern'],
    ['m', kernel.machine],
  ];
  const wanted = fields.filter(([flag]) => flags.has('a') || flags.has(flag) || (flags.size === 0 && flag === 's'));
  await process.write(`${wanted.map(([, value]) => value).join(' ')}\n`);
  return 0;
};

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const date: Command = async (process) => {
  const now = new Date(process.context.container.clock.now());
  const iso = now.toISOString();
  const format = process.args.find((argument) => argument.startsWith('+'))?.slice(1);
  const parts: Record<string, string> = {
    Y: iso.slice(0, 4),
    m: iso.slice(5, 7),
    d: iso.slice(8, 10),
    H: iso.slice(11, 13),
    M: iso.slice(14, 16),
    S: iso.slice(17, 19),
    F: iso.slice(0, 10),
    T: iso.slice(11, 19),
    s: String(Math.floor(now.getTime() / 1000)),
    N: `${iso.slice(20, 23)}000000`,
    Z: 'UTC',
    z: '+0000',
    a: days[now.getUTCDay()] ?? '',
    b: months[now.getUTCMonth()] ?? '',
    e: String(now.getUTCDate()).padStart(2),
    '%': '%',
  };
  const shown = (format ?? '%a %b %e %T %Z %Y').replace(/%(.)/g, (whole, letter: string) => parts[letter] ?? whole);
  await process.write(`${shown}\n`);
  return 0;
};

const ps: Command = async (process) => {
  const { container } = process.context;
  const rows = container.processes().map(({ pid, terminal, startedMs, command }) => {
    const seconds = Math.max(0, Math.floor((container.clock.now() - startedMs) / 1000));
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    return `${String(pid).padStart(5)} root     ${terminal ? 'pts/0' : '?    '} ${time.padStart(7)} ${command}\n`;
  });
  await process.write(`  PID USER     TTY      TIME COMMAND\n${rows.join('')}`);
  return 0;
};

const env: Command = async (process) => {
  const lines = [...process.context.environment].map(([name, value]) => `${name}=${value}\n`);
  await process.write(lines.join(''));
  return 0;
};

const printenv: Command = async (process) => {
  const [name] = process.args;
  if (name === undefined) return env(process);
  const value = process.context.environment.get(name);
  if (value === undefined) return 1;
  await process.write(`${value}\n`);
  return 0;
};

const units: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };
/** The longest time that a timer can be set to. */
const longestSleepMs = 2 ** 31 - 1;

const sleep: Command = async (process) => {
  const seconds = process.args.map((argument) => {
    if (argument === 'infinity') return longestSleepMs;
    const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(argument) ?? [];
    return number === undefined ? Number.NaN : Number(number) * (units[unit || 's'] ?? 1);
  });
  const total = seconds.reduce((sum, value) => sum + value, 0);
  if (Number.isNaN(total) || seconds.length === 0) {
    await process.complain(`invalid time interval '${process.args.join(' ')}'`);
    return 1;
  }
  let callOff = () => {};
  const slept = new Promise<void>((resolve) => {
    callOff = process.context.container.clock.after(Math.min(total * 1000, longestSleepMs), resolve);
  });
  const outcome = await untilAborted(slept, process.context.signal);
  callOff();
  if (outcome === aborted) throw new Interrupted();
  return 0;
};

const stty: Command = async (process) => {
  const { terminal } = process.context;
  if (!terminal) {
    await process.complain('standard input: Inappropriate ioctl for device');
    return 1;
  }
  const { rows, columns } = terminal.size;
  if (process.args[0] === 'size') await process.write(`${rows} ${columns}\n`);
  else await process.write(`speed 38400 baud; rows ${rows}; columns ${columns};\n`);
  return 0;
};

const tty: Command = async (process) => {
  await process.write(process.context.terminal ? '/dev/pts/0\n' : 'not a tty\n');
  return process.context.terminal ? 0 : 1;
};

const clear: Command = async (process) => {
  await process.write('\x1b[H\x1b[2J');
  return 0;
};

export const systemCommands = {
  pwd,
  hostname,
  whoami,
  id,
  uname,
  date,
  ps,
  printenv,
  sleep,
  stty,
  tty,
  clear,
  true: async () => 0,
  false: async () => 1,
} satisfies Record<string, Command>;

/** The commands that need to find others: `env NAME=VALUE command`, `which`, `help`. */
export function lookupCommands(findProgram: FindProgram, names: () => readonly string[]): Record<string, Command> {
  return {
    env: async (process) => {
      const environment = new Map(process.context.environment);
      const args = [...process.args];
      for (let next = args[0]; next !== undefined && /^[A-Za-z_]\w*=/.test(next); next = args[0]) {
        const [name = '', ...value] = next.split('=');
        environment.set(name, value.join('='));
        args.shift();
      }
      const context = { ...process.context, environment, args };
      const [name] = args;
      if (name === undefined) return runCommand(env, context);
      const program = findProgram(name);
      if (program) return runCommand(program, context);
      await process.complain(`can't execute '${name}': No such file or directory`);
      return exitCodes.notFound;
    },
    which: async (process) => {
      let exitCode = 0;
      for (const name of process.args) {
        if (findProgram(name)) await process.write(`/bin/${name}\n`);
        else exitCode = 1;
      }
      return exitCode;
    },
    help: async (process) => {
      await process.write(
        `This container is emulated by Postern. Its commands are:\n${[...names()].sort().join(' ')}\nThe shell has pipes, redirections, && || ;, if, while, for, $(…), and cd, export, read, exit.\n`,
      );
      return 0;
    },
  };
}
