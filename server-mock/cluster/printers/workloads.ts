import { at, listAt, numberAt, stringMapAt, textAt } from '../json.ts';
import { columns, type Printer } from './column.ts';
import { age, humanDuration } from './duration.ts';
import { ageOf, containersAndImages, formatLabelSelector, formatLabels, nameOf, none } from './text.ts';

// The columns and cells of pkg/printers/internalversion/printers.go (v1.33).

export const deploymentPrinter: Printer = {
  columns: columns('Name', 'Ready', '#Up-to-date', '#Available', 'Age', '*Containers', '*Images', '*Selector'),
  cells: (object, now) => [
    nameOf(object),
    `${numberAt(object, 'status', 'readyReplicas')}/${numberAt(object, 'spec', 'replicas')}`,
    numberAt(object, 'status', 'updatedReplicas'),
    numberAt(object, 'status', 'availableReplicas'),
    ageOf(object, now),
    ...containersAndImages(at(object, 'spec', 'template', 'spec')),
    formatLabelSelector(at(object, 'spec', 'selector')),
  ],
};

export const replicaSetPrinter: Printer = {
  columns: columns('Name', '#Desired', '#Current', '#Ready', 'Age', '*Containers', '*Images', '*Selector'),
  cells: (object, now) => [
    nameOf(object),
    numberAt(object, 'spec', 'replicas'),
    numberAt(object, 'status', 'replicas'),
    numberAt(object, 'status', 'readyReplicas'),
    ageOf(object, now),
    ...containersAndImages(at(object, 'spec', 'template', 'spec')),
    formatLabelSelector(at(object, 'spec', 'selector')),
  ],
};

export const replicationControllerPrinter: Printer = {
  columns: replicaSetPrinter.columns,
  cells: (object, now) => [
    ...replicaSetPrinter.cells(object, now).slice(0, -1),
    formatLabels(stringMapAt(object, 'spec', 'selector')),
  ],
};

export const statefulSetPrinter: Printer = {
  columns: columns('Name', 'Ready', 'Age', '*Containers', '*Images'),
  cells: (object, now) => [
    nameOf(object),
    `${numberAt(object, 'status', 'readyReplicas')}/${numberAt(object, 'spec', 'replicas')}`,
    ageOf(object, now),
    ...containersAndImages(at(object, 'spec', 'template', 'spec')),
  ],
};

export const daemonSetPrinter: Printer = {
  columns: columns(
    'Name',
    '#Desired',
    '#Current',
    '#Ready',
    '#Up-to-date',
    '#Available',
    'Node Selector',
    'Age',
    '*Containers',
    '*Images',
    '*Selector',
  ),
  cells: (object, now) => [
    nameOf(object),
    numberAt(object, 'status', 'desiredNumberScheduled'),
    numberAt(object, 'status', 'currentNumberScheduled'),
    numberAt(object, 'status', 'numberReady'),
    numberAt(object, 'status', 'updatedNumberScheduled'),
    numberAt(object, 'status', 'numberAvailable'),
    formatLabels(stringMapAt(object, 'spec', 'template', 'spec', 'nodeSelector')),
    ageOf(object, now),
    ...containersAndImages(at(object, 'spec', 'template', 'spec')),
    formatLabelSelector(at(object, 'spec', 'selector')),
  ],
};

export const jobPrinter: Printer = {
  columns: columns('Name', 'Status', 'Completions', 'Duration', 'Age', '*Containers', '*Images', '*Selector'),
  cells: (object, now) => [
    nameOf(object),
    jobStatus(object),
    jobCompletions(object),
    jobDuration(object, now),
    ageOf(object, now),
    ...containersAndImages(at(object, 'spec', 'template', 'spec')),
    formatLabelSelector(at(object, 'spec', 'selector')),
  ],
};

function jobStatus(job: unknown): string {
  const holds = (type: string) =>
    listAt(job, 'status', 'conditions').some(
      (condition) => textAt(condition, 'type') === type && textAt(condition, 'status') === 'True',
    );
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (textAt(job, 'metadata', 'deletionTimestamp')) return 'Terminating';
  if (holds('Suspended')) return 'Suspended';
  return 'Running';
}

function jobCompletions(job: unknown): string {
  const succeeded = numberAt(job, 'status', 'succeeded');
  const completions = at(job, 'spec', 'completions');
  if (typeof completions === 'number') return `${succeeded}/${completions}`;
  const parallelism = numberAt(job, 'spec', 'parallelism');
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(job: unknown, now: number): string {
  const started = Date.parse(textAt(job, 'status', 'startTime'));
  if (Number.isNaN(started)) return '';
  const completed = Date.parse(textAt(job, 'status', 'completionTime'));
  return humanDuration((Number.isNaN(completed) ? now : completed) - started);
}

export const cronJobPrinter: Printer = {
  columns: columns(
    'Name',
    'Schedule',
    'Timezone',
    'Suspend',
    '#Active',
    'Last Schedule',
    'Age',
    '*Containers',
    '*Images',
    '*Selector',
  ),
  cells: (object, now) => [
    nameOf(object),
    textAt(object, 'spec', 'schedule'),
    textAt(object, 'spec', 'timeZone') || none,
    at(object, 'spec', 'suspend') === true ? 'True' : 'False',
    listAt(object, 'status', 'active').length,
    textAt(object, 'status', 'lastScheduleTime') ? age(at(object, 'status', 'lastScheduleTime'), now) : none,
    ageOf(object, now),
    ...containersAndImages(at(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec')),
    formatLabelSelector(at(object, 'spec', 'jobTemplate', 'spec', 'selector')),
  ],
};
