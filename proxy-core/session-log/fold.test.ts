import { describe, expect, test } from 'vitest';
import { type CommandLine, fold, inferredGapMs, inferredLengthMs, type JoinableCommand } from './fold.ts';
import { toolName } from './tool-name.ts';

const userAgent = 'kubectl/v1.33.0 (linux/amd64) kubernetes/0000000';
const request = { startedAtMs: 1000, userAgent, kubectlCommand: null, kubectlSession: null, terminalId: null };
const command: JoinableCommand = {
  userAgent,
  kubectlSession: null,
  terminalId: null,
  line: null,
  startedAtMs: 0,
  lastActiveAtMs: 500,
  running: 0,
};
const line: CommandLine = { terminalId: 't1', text: 'kubectl get po | wc -l', startedAtMs: 900, endedAtMs: null };

describe('folding requests into commands', () => {
  test('kubectl’s session header joins, whatever lies between', () => {
    const mine = { ...command, kubectlSession: 's1', lastActiveAtMs: -1_000_000 };
    const other = { ...command, kubectlSession: 's2' };
    expect(fold({ ...request, kubectlSession: 's1' }, [other, mine], null)).toEqual({ kind: 'join', command: mine });
  });

  test('a kubectl session not seen before begins a stated command with kubectl’s own name for it', () => {
    const stated = { ...request, kubectlSession: 's1', kubectlCommand: 'kubectl get' };
    expect(fold(stated, [command], null)).toEqual({
      kind: 'begin',
      label: 'stated',
      title: 'kubectl get',
      tool: 'kubectl',
      line: null,
    });
  });

  test('a terminal’s command line is the title, and holds all that runs below it', () => {
    const inTerminal = { ...request, terminalId: 't1', userAgent: 'Helm/3.14.0', kubectlSession: null };
    expect(fold(inTerminal, [], line)).toEqual({
      kind: 'begin',
      label: 'stated',
      title: line.text,
      tool: 'helm',
      line,
    });
    const begun = { ...command, line, terminalId: 't1' };
    expect(fold({ ...inTerminal, kubectlSession: 's9' }, [begun], line)).toEqual({ kind: 'join', command: begun });
  });

  test('a kubectl in the background keeps its own command while the next line runs', () => {
    const background = { ...command, kubectlSession: 's1', terminalId: 't1', running: 1 };
    const fromTerminal = { ...request, terminalId: 't1', kubectlSession: 's1' };
    expect(fold(fromTerminal, [background], line)).toEqual({ kind: 'join', command: background });
  });

  test('a command line that has ended takes no more, after a moment of grace', () => {
    const ended = { ...line, endedAtMs: 950 };
    const inTerminal = { ...request, terminalId: 't1' };
    expect(fold(inTerminal, [], ended)).toMatchObject({ kind: 'begin', line: ended });
    expect(fold({ ...inTerminal, startedAtMs: 9000 }, [], ended)).toMatchObject({ kind: 'begin', line: null });
  });

  test('without headers, the same tool not long after is the same command, inferred', () => {
    expect(fold(request, [command], null)).toEqual({ kind: 'join', command });
    expect(fold({ ...request, startedAtMs: 500 + inferredGapMs + 1 }, [command], null)).toMatchObject({
      kind: 'begin',
      label: 'inferred',
      title: 'kubectl',
    });
    expect(fold({ ...request, userAgent: 'k9s/v0.32' }, [command], null)).toMatchObject({ kind: 'begin', tool: 'k9s' });
    expect(fold({ ...request, terminalId: 't1' }, [command], null)).toMatchObject({ kind: 'begin' });
  });

  test('a tool that never pauses begins a new command now and then', () => {
    const lens = { ...command, lastActiveAtMs: inferredLengthMs, running: 3 };
    expect(fold({ ...request, startedAtMs: inferredLengthMs + 1 }, [lens], null)).toMatchObject({ kind: 'begin' });
  });

  test('the upgrade of an exec, which kubectl sends without headers, joins the command that it belongs to', () => {
    const exec = { ...command, kubectlSession: 's1' };
    expect(fold(request, [exec], null)).toEqual({ kind: 'join', command: exec });
  });
});

test.each([
  ['kubectl/v1.33.0 (linux/amd64) kubernetes/60a317e', 'kubectl'],
  ['kubectl.exe/v1.30.1 (windows/amd64) kubernetes/6911225', 'kubectl'],
  ['kubectl1.27/v1.27.0 (linux/amd64) kubernetes/x', 'kubectl1.27'],
  ['kubectl.1.32/v1.32.4 (linux/amd64) kubernetes/x', 'kubectl'],
  ['Helm/3.14.0', 'helm'],
  ['k9s/v0.32.5 (linux/amd64) kubernetes/x', 'k9s'],
  ['OpenLens/6.5.2-366', 'OpenLens'],
  ['lens-k8s-proxy/v0.0.0 (darwin/arm64) kubernetes/$Format', 'Lens'],
  ['freelens-k8s-proxy/v1.0.0 (linux/amd64) kubernetes/$Format', 'FreeLens'],
  ['Mozilla/5.0 (X11; Linux x86_64) Freelens/1.4.0 Chrome/126', 'FreeLens'],
  ['OpenAPI-Generator/29.0.0/python', 'Kubernetes Python client'],
  ['Kubernetes Java Client/18.0.0-SNAPSHOT', 'Kubernetes Java client'],
  ['Go-http-client/1.1', 'Go client'],
  ['HashiCorp/1.0 Terraform/1.9.5', 'terraform'],
  ['curl/8.5.0', 'curl'],
  ['Mozilla/5.0 (X11; Linux x86_64)', 'browser'],
  ['', 'unknown tool'],
  ['/////', 'unknown tool'],
])('%s is %s', (userAgent, tool) => {
  expect(toolName(userAgent)).toBe(tool);
});
