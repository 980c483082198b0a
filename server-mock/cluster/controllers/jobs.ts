import { kubernetesTime } from '../clock.ts';
import { at, listAt, numberAt, textAt } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import { isReady } from '../printers/pods.ts';
import type { ControllerDependencies, Reconciled } from './dependencies.ts';
import { recordEvent } from './events.ts';
import { createPods, deletePod, isActive, podsOf } from './owned-pods.ts';
import { runController } from './run-controller.ts';

const component = 'job-controller';

/** Runs a Job's pods to as many completions as it asks for, or to its limit of failures. */
export function runJobs(dependencies: ControllerDependencies): () => void {
  return runController(dependencies, {
    resource: 'jobs.batch',
    kind: 'Job',
    owns: ['pods'],
    reconcile: (job) => reconcile(dependencies, job),
  });
}

function reconcile(dependencies: ControllerDependencies, job: KubeObject): Reconciled {
  if (isFinished(job)) return 'done';
  const completions = numberAt(job, 'spec', 'completions') || 1;
  const pods = podsOf(dependencies, job);
  const succeeded = pods.filter((pod) => pod.status.phase === 'Succeeded').length;
  const failed = pods.filter((pod) => pod.status.phase === 'Failed').length;
  const active = pods.filter(isActive);
  const exhausted = failed > numberAt(job, 'spec', 'backoffLimit');
  const suspended = at(job, 'spec', 'suspend') === true;
  if (succeeded >= completions) {
    finish(dependencies, job, 'Complete', succeeded, failed);
    return 'done';
  }
  if (exhausted || suspended) for (const pod of active) deletePod(dependencies, job, pod, component);
  if (exhausted) {
    finish(dependencies, job, 'Failed', succeeded, failed);
    return 'done';
  }
  const wanted = suspended ? 0 : Math.min(numberAt(job, 'spec', 'parallelism'), completions - succeeded);
  const outcome = createPods(dependencies, job, wanted - active.length, component);
  const present = podsOf(dependencies, job).filter(isActive);
  updateStatus(dependencies, job, {
    ...(present.length > 0 ? { active: present.length } : {}),
    ready: present.filter(isReady).length,
    ...(succeeded > 0 ? { succeeded } : {}),
    ...(failed > 0 ? { failed } : {}),
  });
  return outcome;
}

function isFinished(job: KubeObject): boolean {
  return listAt(job, 'status', 'conditions').some(
    (condition) => ['Complete', 'Failed'].includes(textAt(condition, 'type')) && textAt(condition, 'status') === 'True',
  );
}

function finish(
  dependencies: ControllerDependencies,
  job: KubeObject,
  type: 'Complete' | 'Failed',
  succeeded: number,
  failed: number,
): void {
  const now = kubernetesTime(dependencies.clock.now());
  const why =
    type === 'Complete'
      ? { reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
      : { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  updateStatus(dependencies, job, {
    ready: 0,
    ...(succeeded > 0 ? { succeeded } : {}),
    ...(failed > 0 ? { failed } : {}),
    ...(type === 'Complete' ? { completionTime: now } : {}),
    conditions: [{ type, status: 'True', lastProbeTime: now, lastTransitionTime: now, ...why }],
  });
  recordEvent(
    dependencies,
    job,
    type === 'Complete'
      ? { type: 'Normal', reason: 'Completed', message: 'Job completed', component }
      : { type: 'Warning', ...why, component },
  );
}

function updateStatus({ store, clock }: ControllerDependencies, job: KubeObject, status: object): void {
  const { namespace = '', name } = job.metadata;
  store.modify('jobs.batch', namespace, name, (draft) => {
    draft.status = {
      startTime: textAt(draft, 'status', 'startTime') || kubernetesTime(clock.now()),
      ...status,
    };
  });
}
