import { describe, expect, it } from 'vitest';
import { age, humanDuration } from './duration.ts';
import { podPrinter, podStatus } from './pods.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe('ages', () => {
  it.each([
    [0, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [9 * minute + 5 * second, '9m5s'],
    [100 * minute, '100m'],
    [3 * hour + 20 * minute, '3h20m'],
    [30 * hour, '30h'],
    [3 * day + 4 * hour, '3d4h'],
    [100 * day, '100d'],
    [800 * day, '2y70d'],
    [4000 * day, '10y'],
    [-5 * second, '<invalid>'],
  ])('%i ms read as %s', (milliseconds, expected) => {
    expect(humanDuration(milliseconds)).toBe(expected);
  });

  it('are unknown without a timestamp', () => {
    expect(age(null, 0)).toBe('<unknown>');
    expect(age('nonsense', 0)).toBe('<unknown>');
  });
});

describe('the status word of a pod', () => {
  const container = (state: object, ready = false) => ({ ready, state, restartCount: 0, lastState: {} });
  it.each([
    [{ status: { phase: 'Pending' } }, 'Pending'],
    [
      { status: { phase: 'Running', containerStatuses: [container({ waiting: { reason: 'CrashLoopBackOff' } })] } },
      'CrashLoopBackOff',
    ],
    [{ status: { phase: 'Running', containerStatuses: [container({ terminated: { exitCode: 3 } })] } }, 'ExitCode:3'],
    [
      {
        status: {
          phase: 'Succeeded',
          containerStatuses: [container({ terminated: { exitCode: 0, reason: 'Completed' } })],
        },
      },
      'Completed',
    ],
    [{ metadata: { deletionTimestamp: 'now' }, status: { phase: 'Running' } }, 'Terminating'],
    [
      {
        spec: { initContainers: [{}, {}] },
        status: {
          phase: 'Pending',
          initContainerStatuses: [container({ terminated: { exitCode: 0 } }), container({ running: {} })],
        },
      },
      'Init:1/2',
    ],
  ])('%#', (pod, expected) => {
    expect(podStatus(pod)).toBe(expected);
  });

  it('comes with restarts and when the last one was', () => {
    const now = Date.parse('2026-01-01T00:10:00Z');
    const pod = {
      metadata: { name: 'web', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { containers: [{}] },
      status: {
        phase: 'Running',
        containerStatuses: [
          {
            ready: true,
            restartCount: 2,
            state: { running: {} },
            lastState: { terminated: { finishedAt: '2026-01-01T00:05:00Z' } },
          },
        ],
      },
    };
    expect(podPrinter.cells(pod, now).slice(0, 5)).toEqual(['web', '1/1', 'Running', '2 (5m ago)', '10m']);
  });

  it('survives an object that is nothing like a pod', () => {
    expect(() => podPrinter.cells({ spec: 'x', status: [] }, 0)).not.toThrow();
  });
});
