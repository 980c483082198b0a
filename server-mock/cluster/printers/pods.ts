import { at, isRecord, listAt, numberAt, textAt } from '../json.ts';
import { type Cell, columns, type Printer } from './column.ts';
import { age } from './duration.ts';
import { ageOf, nameOf, none, orNone } from './text.ts';

/** @see pkg/printers/internalversion/printers.go, printPod (v1.33) */
export const podPrinter: Printer = {
  columns: columns('Name', 'Ready', 'Status', 'Restarts', 'Age', '*IP', '*Node', '*Nominated Node', '*Readiness Gates'),
  cells(pod, nowMs): Cell[] {
    const { ready, total, restarts, lastRestart } = countContainers(pod);
    return [
      nameOf(pod),
      `${ready}/${total}`,
      podStatus(pod),
      restarts > 0 && lastRestart ? `${restarts} (${age(lastRestart, nowMs)} ago)` : String(restarts),
      ageOf(pod, nowMs),
      orNone(textAt(pod, 'status', 'podIP')),
      orNone(textAt(pod, 'spec', 'nodeName')),
      orNone(textAt(pod, 'status', 'nominatedNodeName')),
      readinessGates(pod),
    ];
  },
};

function countContainers(pod: unknown) {
  const statuses = listAt(pod, 'status', 'containerStatuses');
  let ready = 0;
  let restarts = 0;
  let lastRestart: string | undefined;
  for (const status of statuses) {
    restarts += numberAt(status, 'restartCount');
    const finished = textAt(status, 'lastState', 'terminated', 'finishedAt');
    if (finished && (lastRestart === undefined || finished > lastRestart)) lastRestart = finished;
    if (at(status, 'ready') === true && isRecord(at(status, 'state', 'running'))) ready++;
  }
  return { ready, total: listAt(pod, 'spec', 'containers').length, restarts, lastRestart };
}

/** The one word under STATUS: the worst of phase, init containers, containers and deletion. */
export function podStatus(pod: unknown): string {
  let reason = textAt(pod, 'status', 'reason') || textAt(pod, 'status', 'phase');
  const initializing = initStatus(pod);
  if (initializing !== undefined) {
    reason = initializing;
  } else {
    let running = false;
    for (const status of [...listAt(pod, 'status', 'containerStatuses')].reverse()) {
      const waiting = textAt(status, 'state', 'waiting', 'reason');
      const terminated = at(status, 'state', 'terminated');
      if (waiting) reason = waiting;
      else if (isRecord(terminated)) reason = terminatedReason(terminated);
      else if (at(status, 'ready') === true && isRecord(at(status, 'state', 'running'))) running = true;
    }
    if (reason === 'Completed' && running) reason = isReady(pod) ? 'Running' : 'NotReady';
  }
  if (textAt(pod, 'metadata', 'deletionTimestamp')) {
    reason = textAt(pod, 'status', 'reason') === 'NodeLost' ? 'Unknown' : 'Terminating';
  }
  return reason;
}

function initStatus(pod: unknown): string | undefined {
  const total = listAt(pod, 'spec', 'initContainers').length;
  for (const [index, status] of listAt(pod, 'status', 'initContainerStatuses').entries()) {
    const terminated = at(status, 'state', 'terminated');
    if (isRecord(terminated)) {
      if (numberAt(terminated, 'exitCode') === 0) continue;
      return `Init:${terminatedReason(terminated)}`;
    }
    const waiting = textAt(status, 'state', 'waiting', 'reason');
    if (waiting && waiting !== 'PodInitializing') return `Init:${waiting}`;
    return `Init:${index}/${total}`;
  }
  return undefined;
}

function terminatedReason(terminated: Record<string, unknown>): string {
  const reason = textAt(terminated, 'reason');
  if (reason) return reason;
  const signal = numberAt(terminated, 'signal');
  return signal === 0 ? `ExitCode:${numberAt(terminated, 'exitCode')}` : `Signal:${signal}`;
}

export function isReady(pod: unknown): boolean {
  return listAt(pod, 'status', 'conditions').some(
    (condition) => textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
  );
}

function readinessGates(pod: unknown): string {
  const gates = listAt(pod, 'spec', 'readinessGates');
  if (gates.length === 0) return none;
  const met = gates.filter((gate) =>
    listAt(pod, 'status', 'conditions').some(
      (condition) =>
        textAt(condition, 'type') === textAt(gate, 'conditionType') && textAt(condition, 'status') === 'True',
    ),
  );
  return `${met.length}/${gates.length}`;
}
