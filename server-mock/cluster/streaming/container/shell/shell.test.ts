import { expect, test } from 'vitest';
import { testContainer } from '../../testing/pod.ts';
import { startProcess } from '../start-process.ts';

/** Runs `sh -c text` and gives what it printed. */
async function sh(text: string, stdin?: string, container = testContainer()) {
  const printed = { output: '', errors: '' };
  const exitCode = await startProcess(container, {
    command: ['sh', '-c', text],
    input: stdin === undefined ? undefined : { read: once(Buffer.from(stdin)) },
    output: {
      write: async (chunk) => {
        printed.output += chunk;
      },
    },
    errors: {
      write: async (chunk) => {
        printed.errors += chunk;
      },
    },
    terminal: undefined,
    signal: new AbortController().signal,
  });
  return { ...printed, exitCode };
}

function once(chunk: Buffer) {
  let left: Buffer | undefined = chunk;
  return async () => {
    const given = left;
    left = undefined;
    return given;
  };
}

const programs: [text: string, output: string, exitCode?: number][] = [
  ['echo hello   world', 'hello world\n'],
  ['echo "a  b" \'$HOME\' \\$x', 'a  b $HOME $x\n'],
  ['x="a b"; for i in $x "$x"; do echo "<$i>"; done', '<a>\n<b>\n<a b>\n'],
  ['false; echo $?; true && echo yes || echo no', '1\nyes\n'],
  ['exit 3', '', 3],
  ['(exit 4); echo $?', '4\n'],
  ['echo one > /tmp/f; echo two >> /tmp/f; cat /tmp/f | wc -l', '2\n'],
  ['cd /tmp && pwd && cd .. && pwd', '/tmp\n/\n'],
  ['nothing-there 2>&1 | grep -c "not found"', '1\n'],
  ['nothing-there 2>/dev/null', '', 127],
  ['echo $(echo $(echo deep)) `echo old`', 'deep old\n'],
  ['i=0; while [ $i -lt 3 ]; do i=$((i + 1)); echo $i; done', '1\n2\n3\n'],
  ['while true; do break; done; until false; do break; done; echo done', 'done\n'],
  ['if test -d /etc; then echo dir; elif true; then echo elif; else echo else; fi', 'dir\n'],
  ['touch /tmp/a.txt /tmp/b.txt /tmp/c.log; echo /tmp/*.txt /tmp/*.none', '/tmp/a.txt /tmp/b.txt /tmp/*.none\n'],
  ['A=1 env | grep ^A=; echo "[$A]"', 'A=1\n[]\n'],
  ['export B=2; env | grep ^B=', 'B=2\n'],
  ['printf "%s-%d\\n" a 1 b 2', 'a-1\nb-2\n'],
  ['seq 1 100 | head -n 2; seq 5 | tail -n 2; seq 5 | tail -n +4', '1\n2\n4\n5\n4\n5\n'],
  ['echo "$' + '{missing:-fallback} $HOSTNAME"', 'fallback web-1\n'],
  ["sh -c 'echo $0 $1 $#' name first second", 'name first 2\n'],
  ['! true; echo $?', '1\n'],
  ['{ echo a; echo b; } | sort -r', 'b\na\n'],
  ['uname; whoami; hostname; id -u', 'Linux\nroot\nweb-1\n0\n'],
];

test.each(programs)('%s', async (text, output, exitCode = 0) => {
  expect(await sh(text)).toMatchObject({ output, exitCode });
});

test('a program that reads its input gets it through a pipeline', async () => {
  expect(await sh('cat | tr-missing; cat', 'unread')).toMatchObject({ exitCode: 0 });
  expect(await sh('cat | grep b | wc -c', 'a\nb\nbc\n')).toMatchObject({ output: '5\n' });
});

test('devices are there to read and to write', async () => {
  expect(await sh('dd if=/dev/zero of=/tmp/z bs=1k count=4; wc -c < /tmp/z; ls -l /dev | grep -c ^crw-rw-rw-')).toEqual(
    {
      output: '4096\n5\n',
      errors: '4+0 records in\n4+0 records out\n4096 bytes copied\n',
      exitCode: 0,
    },
  );
  expect(await sh('head -c 10 /dev/urandom | wc -c; cat /dev/null; echo x > /dev/null')).toMatchObject({
    output: '10\n',
  });
  expect(await sh('cat /dev/zero | head -c 200000 | wc -c')).toMatchObject({ output: '200000\n' });
  expect(await sh('echo x > /dev/full')).toMatchObject({ errors: expect.stringContaining('No space left on device') });
  expect(await sh('printf abcdef | dd bs=2 skip=1 count=1 status=none')).toMatchObject({ output: 'cd', errors: '' });
  expect(await sh('dd if=/dev/zero of=/tmp/full')).toMatchObject({
    exitCode: 1,
    errors: expect.stringContaining('No space left on device'),
  });
  expect(await sh('dd bs=x; dd iflag=direct')).toMatchObject({
    exitCode: 2,
    errors: "dd: invalid number 'x'\ndd: unsupported operand 'iflag=direct'\n",
  });
});

test('what the shell does not offer is said plainly', async () => {
  expect(await sh('sleep 1 &')).toMatchObject({ exitCode: 2, errors: expect.stringContaining('background jobs') });
  expect(await sh('echo "open')).toMatchObject({ exitCode: 2, errors: expect.stringContaining('not closed') });
  expect(await sh(`${'('.repeat(5_000)}`)).toMatchObject({ exitCode: 2, errors: expect.stringContaining('nested') });
  expect(await sh('echo $((1 / 0))')).toMatchObject({ exitCode: 2, errors: expect.stringContaining('division') });
});

test('a full disk is an error of the command, and removing files makes room again', async () => {
  const container = testContainer({ diskBytes: 200_000 });
  const fill = 'seq 1 20000 > /tmp/big; echo $?; seq 1 20000 > /tmp/more; echo $?; rm /tmp/*; seq 1 20000 > /tmp/big';
  expect(await sh(fill, undefined, container)).toMatchObject({
    output: '0\n1\n',
    errors: expect.stringContaining('No space left on device'),
    exitCode: 0,
  });
});

test('a loop without end stops with its container', async () => {
  const container = testContainer();
  const running = sh('while true; do :; done', undefined, container);
  setImmediate(() => container.exited());
  expect((await running).exitCode).toBe(137);
});

test('a pattern made to take for ever is cut short', async () => {
  const line = `${'a'.repeat(40)}b\n`;
  expect(await sh("grep -E '^(a+)+$'", line)).toMatchObject({
    exitCode: 2,
    errors: expect.stringContaining('takes too long'),
  });
});
