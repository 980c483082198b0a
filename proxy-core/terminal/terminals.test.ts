import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { highWater } from './attachment.ts';
import { scrollbackLength } from './scrollback.ts';
import { maxTerminals, Terminals } from './terminals.ts';
import type { TerminalAttachment, TerminalSummary } from './types.ts';

let home: string;
let terminals: Terminals;
let lines: string[];
let ended: (number | null)[];
let released: string[];
let summaries: TerminalSummary[];
let wakeLog: () => void;

async function start(shell: string): Promise<void> {
  terminals = await Terminals.start({
    folder: join(home, 'terminals'),
    tabs: join(home, 'terminal-tabs.json'),
    logger: { warn: (_fields, message) => console.error(message) },
    kubeconfig: (id, context) => `# ${context} ${id}\n`,
    released: (id) => released.push(id),
    log: {
      noteCommandLine: (_, line) => lines.push(line),
      commandEnded: (_, exitCode) => {
        ended.push(exitCode);
        wakeLog();
      },
    },
    onChange: (list) => {
      summaries = list;
    },
    shell,
    environment: {
      PATH: `/checkout/node_modules/.bin:${process.env.PATH}`,
      HOME: home,
      USER: 'someone',
      npm_config_cache: '/nowhere',
    },
  });
}

/** Reads until the output matches; a shell that says nothing fails by the test's own time limit. */
async function readUntil(attachment: TerminalAttachment, pattern: RegExp): Promise<string> {
  let seen = '';
  while (!pattern.test(seen)) {
    const { value, done } = await attachment.next();
    if (done) throw new Error(`the terminal ended; seen: ${seen}`);
    if (value.kind === 'exit') throw new Error(`the shell exited with ${value.exitCode}; seen: ${seen}`);
    seen += value.data;
    // Bracketed paste and colours, which shells put around what they print.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the introducer of a terminal sequence
    seen = seen.replace(/\u001b\[[?0-9;]*[a-zA-Z]\r?/g, '');
  }
  return seen;
}

async function commandsEnded(count: number): Promise<void> {
  while (ended.length < count) {
    await new Promise<void>((resolve) => {
      wakeLog = resolve;
    });
  }
}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'postern-terminal-'));
  lines = [];
  ended = [];
  released = [];
  summaries = [];
  wakeLog = () => {};
});

afterEach(async () => {
  await terminals.close();
  await rm(home, { recursive: true, force: true });
});

const size = { columns: 120, rows: 30 };

describe.each([
  { shell: '/bin/bash', rc: '.bashrc' },
  { shell: '/usr/bin/zsh', rc: '.zshrc' },
  { shell: '/usr/bin/fish', rc: '.config/fish/config.fish' },
])('in $shell', ({ shell, rc }) => {
  test.skipIf(!existsSync(shell))(
    'each command line reaches the log exactly as typed, with its exit code',
    async () => {
      await writeRc(rc, shell.endsWith('fish') ? 'set -gx FROM_RC yes' : 'export FROM_RC=yes; export KUBECONFIG=/mine');
      await start(shell);
      const id = await terminals.open('acme/dev', size);
      const attachment = await terminals.attach(id);
      await terminals.write(id, 'echo "rc=$FROM_RC" in "$KUBECONFIG"; true   "a;b\\\\c"\r');
      const seen = await readUntil(attachment, /rc=yes in (\/\S+)\r\n/);
      expect(/rc=yes in (\/\S+)\r\n/.exec(seen)?.[1]).toBe(join(home, 'terminals', id, 'kubeconfig'));
      await commandsEnded(1);
      await terminals.write(id, 'true; sh -c "exit 3"\r');
      await commandsEnded(2);
      expect(lines[0]).toBe('echo "rc=$FROM_RC" in "$KUBECONFIG"; true   "a;b\\\\c"');
      expect(ended).toEqual([0, 3]);
    },
  );
});

describe('bash', () => {
  beforeEach(() => start('/bin/bash'));

  test('an empty line is no command, a repeated one is one again, one kept out of the history is logged too', async () => {
    await writeRc('.bashrc', 'HISTCONTROL=ignoreboth');
    const id = await terminals.open('acme/dev', size);
    await terminals.write(id, '\r\r');
    await terminals.write(id, 'echo one | cat\r');
    await commandsEnded(1);
    await terminals.write(id, 'echo one | cat\r');
    await commandsEnded(2);
    await terminals.write(id, ' echo hidden\r');
    await commandsEnded(3);
    await terminals.write(id, '\r\recho "two\rlines"\r');
    await commandsEnded(4);
    expect(lines).toEqual(['echo one | cat', 'echo one | cat', 'echo hidden', 'echo "two\nlines"']);
  });

  test("the user's own prompt command and DEBUG trap go on working", async () => {
    await writeRc('.bashrc', `PROMPT_COMMAND='last=$?'\ntrap 'traced=$BASH_COMMAND' DEBUG`);
    const id = await terminals.open('acme/dev', size);
    const attachment = await terminals.attach(id);
    await terminals.write(id, 'sh -c "exit 7"\r');
    await commandsEnded(1);
    await terminals.write(id, 'echo "last=$last traced=$traced"\r');
    await readUntil(attachment, /last=7 traced=echo/);
    await commandsEnded(2);
    expect(lines[1]).toBe('echo "last=$last traced=$traced"');
  });

  test.each(["set -E; trap 'true' ERR", 'set -T', 'shopt -s extdebug'])(
    'traps that reach into functions (%s) put none of our own commands into the log',
    async (rc) => {
      await terminals.close();
      await writeRc('.bashrc', rc);
      await start('/bin/bash');
      const id = await terminals.open('acme/dev', size);
      await terminals.write(id, 'false\r');
      await commandsEnded(1);
      await terminals.write(id, 'true\r');
      await commandsEnded(2);
      expect({ lines, ended }).toEqual({ lines: ['false', 'true'], ended: [1, 0] });
    },
  );

  test('the environment holds no secret and nothing of the process that runs us', async () => {
    const id = await terminals.open('acme/dev', size);
    const attachment = await terminals.attach(id);
    await terminals.write(id, 'env -0 | tr "\\\\0" "\\\\n"; ls "$POSTERN_TERMINAL"; echo do"ne"\r');
    const seen = await readUntil(attachment, /\ndone\r\n/);
    expect(seen).not.toMatch(/npm_|node_modules|[0-9a-f]{32}/);
    expect(seen).toMatch(/\nkubeconfig\r\n/);
    expect(seen).not.toMatch(/\nnonce\r\n/);
  });

  test('the kubeconfig is private and goes with the shell', async () => {
    const id = await terminals.open('acme/dev', size);
    const folder = join(home, 'terminals', id);
    expect(await readFile(join(folder, 'kubeconfig'), 'utf8')).toBe(`# acme/dev ${id}\n`);
    expect((await stat(join(folder, 'kubeconfig'))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const attachment = await terminals.attach(id);
    await terminals.write(id, 'exit 5\r');
    let last: unknown;
    for await (const event of attachment) last = event;
    expect(last).toEqual({ kind: 'exit', exitCode: 5 });
    expect(released).toEqual([id]);
    expect(summaries).toMatchObject([{ id, context: 'acme/dev', exitCode: 5 }]);
    await terminals.closeTerminal(id);
    expect(summaries).toEqual([]);
    await expect(terminals.write(id, 'x')).rejects.toThrow('There is no terminal');
  });

  test('a command line ends with its shell, whoever ends that', async () => {
    const exiting = await terminals.open('acme/dev', size);
    await terminals.write(exiting, 'true; exit 5\r');
    await commandsEnded(1);
    const closed = await terminals.open('acme/dev', size);
    const attachment = await terminals.attach(closed);
    await terminals.write(closed, 'echo run"ning"; sleep 60\r');
    await readUntil(attachment, /\nrunning\r\n/);
    await terminals.closeTerminal(closed);
    expect({ lines, ended }).toEqual({ lines: ['true; exit 5', 'echo run"ning"; sleep 60'], ended: [null, null] });
  });

  test('a window that attaches late sees what was shown before, and two windows see the same', async () => {
    const id = await terminals.open('acme/dev', size);
    const first = await terminals.attach(id);
    await terminals.write(id, 'echo ear"lier"\r');
    await readUntil(first, /\nearlier\r\n/);
    const second = await terminals.attach(id);
    await readUntil(second, /\nearlier\r\n/);
    await terminals.write(id, 'echo la"ter"\r');
    await Promise.all([readUntil(first, /\nlater\r\n/), readUntil(second, /\nlater\r\n/)]);
  });

  test('the size follows the window', async () => {
    const id = await terminals.open('acme/dev', size);
    const attachment = await terminals.attach(id);
    terminals.resize(id, 77, 11);
    await terminals.write(id, 'stty size\r');
    await readUntil(attachment, /\n11 77\r\n/);
  });

  test('a size that comes while the shell ends is no error', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await terminals.open('acme/dev', size);
      await terminals.write(id, 'exit\r');
      while (summaries.find((summary) => summary.id === id)?.exitCode === null) {
        terminals.resize(id, 100, 30);
        await new Promise(setImmediate);
      }
      await terminals.closeTerminal(id);
    }
  });

  test('a shell that floods waits for a window that does not confirm, and goes on when it does', async () => {
    const id = await terminals.open('acme/dev', size);
    const attachment = await terminals.attach(id, 'window-1');
    await terminals.write(id, `head -c ${4 * highWater} /dev/zero | tr '\\0' 'x'; echo; echo do"ne"\r`);
    let received = 0;
    let seen = '';
    while (!/\ndone\r\n/.test(seen)) {
      const { value } = await attachment.next();
      if (value?.kind !== 'output') throw new Error('the shell ended');
      received += value.data.length;
      seen = (seen + value.data).slice(-100);
      // Unconfirmed output never exceeds the mark by more than what one read of the pty may bring.
      expect(received).toBeLessThan(highWater + 128 * 1024);
      if (received > highWater) {
        terminals.acknowledge(id, 'window-1', received);
        received = 0;
      }
    }
  });

  test('a window that never reads holds no more than its bound, and closing it lets the shell go on', async () => {
    const id = await terminals.open('acme/dev', size);
    const stalled = await terminals.attach(id);
    await terminals.write(
      id,
      `head -c ${4 * scrollbackLength} /dev/zero | tr '\\0' 'x'; echo; touch "$HOME/finished"\r`,
    );
    await stalled.return?.();
    await commandsEnded(1);
    expect(existsSync(join(home, 'finished'))).toBe(true);
  });

  test('closing ends shells that ignore the hang-up, and leaves no file', async () => {
    const id = await terminals.open('acme/dev', size);
    const attachment = await terminals.attach(id);
    await terminals.write(id, 'trap "" HUP; echo rea"dy"\r');
    await readUntil(attachment, /\nready\r\n/);
    await terminals.close();
    expect((await attachment.next()).done).toBe(true);
    expect(await readdir(home)).not.toContain('terminals');
  });
});

describe.each(['/bin/bash', '/usr/bin/zsh', '/usr/bin/fish'])('after a restart, in %s', (shell) => {
  test.skipIf(!existsSync(shell))('a tab is there again with a new shell in its working directory', async () => {
    if (shell.endsWith('zsh')) await writeRc('.zshrc', '');
    const place = join(home, `it's; a \\ folder`);
    await mkdir(place);
    await start(shell);
    const id = await terminals.open('acme/dev', size);
    const gone = await terminals.open('acme/prod', size);
    const before = await terminals.attach(id);
    await terminals.write(id, 'cd "$HOME"/it*; echo sec"ret"\r');
    await readUntil(before, /secret\r\n/);
    await commandsEnded(1);
    await terminals.closeTerminal(gone);
    await expect.poll(() => readFile(join(home, 'terminal-tabs.json'), 'utf8')).toContain('folder');
    await terminals.close();
    expect((await stat(join(home, 'terminal-tabs.json'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(home, 'terminal-tabs.json'), 'utf8')).not.toContain('secret');

    await start(shell);
    expect(terminals.list).toMatchObject([{ id, title: 'acme/dev', context: 'acme/dev', exitCode: null }]);
    expect(await readdir(home)).not.toContain('terminals');
    terminals.resize(id, 77, 11);
    const [first, second] = await Promise.all([terminals.attach(id), terminals.attach(id)]);
    await terminals.write(id, 'pwd; stty size; cat "$KUBECONFIG"\r');
    const seen = await readUntil(first, /# acme\/dev/);
    await readUntil(second, /# acme\/dev/);
    expect(seen).toContain('Postern was restarted');
    expect(seen).toContain(place);
    expect(seen).toContain('11 77');
    expect(seen).not.toContain('secret');
    expect(terminals.list).toHaveLength(1);
  });
});

describe('tabs of a former process', () => {
  const tab = (id: string) => ({
    id,
    context: 'acme/dev',
    workingDirectory: null,
    startedAt: '2026-01-01T00:00:00.000Z',
  });
  const first = '0190b4a0-1111-7222-8333-000000000001';
  const keepTabs = (tabs: unknown) => writeFile(join(home, 'terminal-tabs.json'), JSON.stringify(tabs));
  const kept = async () => JSON.parse(await readFile(join(home, 'terminal-tabs.json'), 'utf8')) as { id: string }[];

  test('can be closed unseen, and then stay closed', async () => {
    await keepTabs([tab(first)]);
    await start('/bin/bash');
    await terminals.closeTerminal(first);
    expect(summaries).toEqual([]);
    await terminals.close();
    expect(await kept()).toEqual([]);
  });

  test('that nobody looked at are there at the next start again', async () => {
    await keepTabs([tab(first)]);
    await start('/bin/bash');
    await terminals.close();
    await start('/bin/bash');
    expect(terminals.list.map(({ id }) => id)).toEqual([first]);
  });

  test('whose shell had ended do not come back', async () => {
    await start('/bin/bash');
    const id = await terminals.open('acme/dev', size);
    const attachment = await terminals.attach(id);
    await terminals.write(id, 'exit\r');
    for await (const _ of attachment);
    await terminals.close();
    expect(await kept()).toEqual([]);
  });

  test('count as open, and no more of them are taken up than may be', async () => {
    const many = Array.from({ length: maxTerminals + 5 }, (_, at) =>
      tab(`0190b4a0-1111-7222-8333-0000000000${String(at).padStart(2, '0')}`),
    );
    await keepTabs(many);
    await start('/bin/bash');
    expect(terminals.list).toHaveLength(maxTerminals);
    await expect(terminals.open('acme/dev', size)).rejects.toMatchObject({ code: 'POSTERN_TERMINAL_FAILED' });
  });

  test.each([
    '{"no":"list"}',
    'not json',
    JSON.stringify([{ ...tab(first), id: '../../etc' }]),
    JSON.stringify([{ ...tab(first), workingDirectory: 'relative' }]),
  ])('that are not to be understood (%s) are left out', async (text) => {
    await writeFile(join(home, 'terminal-tabs.json'), text);
    await start('/bin/bash');
    expect(terminals.list).toEqual([]);
  });

  test('stay, and can be tried again, where their shell cannot be started', async () => {
    await keepTabs([tab(first)]);
    await start('/nowhere/bash');
    await expect(terminals.attach(first)).rejects.toMatchObject({ code: 'POSTERN_TERMINAL_FAILED' });
    expect(terminals.list.map(({ id }) => id)).toEqual([first]);
  });
});

test('a shell that is not there is a clear error and leaves nothing', async () => {
  await start('/nowhere/bash');
  await expect(terminals.open('acme/dev', size)).rejects.toMatchObject({ code: 'POSTERN_TERMINAL_FAILED' });
  expect(terminals.list).toEqual([]);
  expect(await readdir(join(home, 'terminals'))).toEqual([]);
});

async function writeRc(name: string, text: string): Promise<void> {
  const path = join(home, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `${text}\n`);
}
