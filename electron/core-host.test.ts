import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { CoreProcessEvent, CoreProcessRequest } from '../proxy-core/core/types.ts';
import { backOffCapMs, backOffGraceMs } from '../proxy-core/tunnel/back-off.ts';
import { CoreHost, type CoreProcessState, stopTimeoutMs } from './core-host.ts';

class CoreStub extends EventEmitter {
  readonly heard: CoreProcessRequest[] = [];
  readonly ports: unknown[] = [];
  isKilled = false;
  postMessage(request: CoreProcessRequest, ports: unknown[] = []): void {
    this.heard.push(request);
    this.ports.push(...ports);
  }
  kill(): boolean {
    this.isKilled = true;
    this.emit('exit', 1);
    return true;
  }
  say(event: CoreProcessEvent): void {
    this.emit('message', event);
  }
}

const ready: CoreProcessEvent = {
  kind: 'ready',
  url: 'http://127.0.0.1:1',
  kubeconfig: '/k',
  proxy: null,
  signedIn: false,
};

function hosted(openBrowser: (url: string) => Promise<void> = async () => undefined) {
  const cores: CoreStub[] = [];
  const states: CoreProcessState['kind'][] = [];
  const timers: { callback: () => void; ms: number }[] = [];
  let now = 0;
  let channels = 0;
  const host = new CoreHost({
    fork: () => {
      cores.push(new CoreStub());
      return cores.at(-1) as never;
    },
    createChannel: () => ({ port1: `mine ${++channels}`, port2: `core ${channels}` }) as never,
    start: { interfaceFolder: '/interface' },
    openBrowser,
    onState: ({ kind }) => states.push(kind),
    clock: {
      now: () => now,
      setTimeout: (callback, ms) => {
        const timer = { callback, ms };
        timers.push(timer);
        return timer;
      },
      clearTimeout: (timer) => {
        const index = timers.indexOf(timer as (typeof timers)[number]);
        if (index !== -1) timers.splice(index, 1);
      },
    },
    random: () => 0.999,
  });
  return { host, cores, states, timers, advance: (ms: number) => (now += ms), fire: () => timers.shift()?.callback() };
}

test('a core that crashes is started anew, ever more slowly, and a good while of running counts as a fresh start', () => {
  const { host, cores, timers, advance, fire } = hosted();
  host.start();
  const waits: number[] = [];
  for (let crash = 0; crash < 9; crash++) {
    cores.at(-1)?.say(ready);
    cores.at(-1)?.emit('exit', 139);
    waits.push(timers[0]?.ms ?? Number.NaN);
    fire();
  }
  expect(waits.slice(0, 3)).toEqual([499, 999, 1998]);
  expect(Math.max(...waits)).toBeLessThanOrEqual(backOffCapMs);
  cores.at(-1)?.say(ready);
  advance(backOffGraceMs);
  cores.at(-1)?.emit('exit', 139);
  expect(timers[0]?.ms).toBe(499);
  expect(cores).toHaveLength(10);
});

test('a window gets one port now, or one to the next core', () => {
  const { host, cores, fire } = hosted();
  const ports: unknown[] = [];
  const take = (port: unknown): void => void ports.push(port);
  host.connect(take);
  host.connect(take);
  host.start();
  expect(ports).toEqual(['mine 1']);
  expect(cores[0]?.ports).toEqual(['core 1']);
  expect(cores[0]?.heard.map(({ kind }) => kind)).toEqual(['start', 'window']);
  cores[0]?.emit('exit', 1);
  host.connect(take);
  expect(ports).toHaveLength(1);
  fire();
  expect(ports).toEqual(['mine 1', 'mine 2']);
  expect(cores[1]?.ports).toEqual(['core 2']);
});

test('a core that says why it cannot run is not started again by itself', () => {
  const { host, cores, states, timers } = hosted();
  host.start();
  cores[0]?.say({ kind: 'failed', error: { code: 'POSTERN_CORE_RUNNING', message: 'another one runs' } });
  cores[0]?.emit('exit', 1);
  expect(timers).toEqual([]);
  expect(host.state).toMatchObject({ kind: 'failed' });
  host.start();
  expect(states).toEqual(['starting', 'failed', 'starting']);
});

test('ending is ordered, and forced where the core does not end', async () => {
  const { host, cores, timers, fire } = hosted();
  host.start();
  cores[0]?.say(ready);
  const both = Promise.all([host.stop(), host.stop()]);
  expect(cores[0]?.heard.filter(({ kind }) => kind === 'stop')).toHaveLength(1);
  expect(timers[0]?.ms).toBe(stopTimeoutMs);
  fire();
  await both;
  expect(cores[0]?.isKilled).toBe(true);
  expect(host.state).toEqual({ kind: 'stopped' });
  await host.stop();
});

test('ending while it waits to start anew starts nothing', async () => {
  const { host, cores, timers } = hosted();
  host.start();
  cores[0]?.emit('exit', 1);
  await host.stop();
  expect(timers).toEqual([]);
  expect(cores).toHaveLength(1);
});

test('the browser is opened for the core, which hears what went wrong', async () => {
  const { host, cores } = hosted(async (url) => {
    if (url !== 'https://login.example/') throw new Error('no browser');
  });
  host.start();
  cores[0]?.say({ kind: 'open-browser', id: 1, url: 'https://login.example/' });
  cores[0]?.say({ kind: 'open-browser', id: 2, url: 'file:///' });
  await new Promise(setImmediate);
  expect(cores[0]?.heard.slice(1)).toEqual([
    { kind: 'browser-opened', id: 1, problem: null },
    { kind: 'browser-opened', id: 2, problem: 'no browser' },
  ]);
});
