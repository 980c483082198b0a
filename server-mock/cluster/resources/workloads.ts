import { applyDefaults, at, ensureRecord, isRecord, stringMapAt, textAt } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import {
  cronJobPrinter,
  daemonSetPrinter,
  deploymentPrinter,
  jobPrinter,
  replicaSetPrinter,
  replicationControllerPrinter,
  statefulSetPrinter,
} from '../printers/workloads.ts';
import { type Draft, define, type ResourceDefinition } from './definition.ts';
import { defaultPodTemplate } from './pod-defaults.ts';
import {
  immutable,
  invalidValue,
  required,
  unsupported,
  validatePodSpec,
  validateReplicas,
  validateSelectedTemplate,
} from './validation.ts';

const apps = { group: 'apps', version: 'v1', namespaced: true, categories: ['all'] } as const;
const batch = { group: 'batch', version: 'v1', namespaced: true, categories: ['all'] } as const;

export const workloadResources: readonly ResourceDefinition[] = [
  define({
    ...apps,
    resource: 'deployments',
    singular: 'deployment',
    kind: 'Deployment',
    shortNames: ['deploy'],
    subresources: ['scale', 'status'],
    printer: deploymentPrinter,
    prepare(draft) {
      const spec = ensureRecord(draft, 'spec');
      applyDefaults(spec, {
        replicas: 1,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate' },
      });
      const strategy = ensureRecord(spec, 'strategy');
      applyDefaults(strategy, { type: 'RollingUpdate' });
      if (strategy.type === 'RollingUpdate') {
        applyDefaults(ensureRecord(strategy, 'rollingUpdate'), { maxSurge: '25%', maxUnavailable: '25%' });
      }
      defaultPodTemplate(spec);
      ensureRecord(draft, 'status');
    },
    validate: validateSelecting,
  }),
  define({
    ...apps,
    resource: 'replicasets',
    singular: 'replicaset',
    kind: 'ReplicaSet',
    shortNames: ['rs'],
    subresources: ['scale', 'status'],
    printer: replicaSetPrinter,
    fields: { 'status.replicas': (object) => String(at(object, 'status', 'replicas') ?? 0) },
    prepare(draft) {
      const spec = ensureRecord(draft, 'spec');
      applyDefaults(spec, { replicas: 1 });
      defaultPodTemplate(spec);
      applyDefaults(ensureRecord(draft, 'status'), { replicas: 0 });
    },
    validate: validateSelecting,
  }),
  define({
    group: '',
    version: 'v1',
    namespaced: true,
    categories: ['all'],
    resource: 'replicationcontrollers',
    singular: 'replicationcontroller',
    kind: 'ReplicationController',
    shortNames: ['rc'],
    subresources: ['scale', 'status'],
    printer: replicationControllerPrinter,
    fields: { 'status.replicas': (object) => String(at(object, 'status', 'replicas') ?? 0) },
    prepare(draft, { previous }) {
      const spec = ensureRecord(draft, 'spec');
      const labels = templateLabels(draft);
      applyDefaults(spec, { replicas: 1, selector: labels });
      if (Object.keys(stringMapAt(draft, 'metadata', 'labels')).length === 0) draft.metadata.labels = labels;
      defaultPodTemplate(spec);
      applyDefaults(ensureRecord(draft, 'status'), { replicas: 0 });
      if (!previous) draft.metadata.generation = 1;
    },
    validate: (draft) => [...validateReplicated(draft), ...validateReplicas(draft)],
  }),
  define({
    ...apps,
    resource: 'statefulsets',
    singular: 'statefulset',
    kind: 'StatefulSet',
    shortNames: ['sts'],
    subresources: ['scale', 'status'],
    printer: statefulSetPrinter,
    prepare(draft) {
      const spec = ensureRecord(draft, 'spec');
      applyDefaults(spec, {
        replicas: 1,
        revisionHistoryLimit: 10,
        podManagementPolicy: 'OrderedReady',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      });
      defaultPodTemplate(spec);
      applyDefaults(ensureRecord(draft, 'status'), { replicas: 0, availableReplicas: 0 });
    },
    validate: validateSelecting,
  }),
  define({
    ...apps,
    resource: 'daemonsets',
    singular: 'daemonset',
    kind: 'DaemonSet',
    shortNames: ['ds'],
    subresources: ['status'],
    printer: daemonSetPrinter,
    prepare(draft) {
      const spec = ensureRecord(draft, 'spec');
      applyDefaults(spec, {
        revisionHistoryLimit: 10,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      });
      defaultPodTemplate(spec);
      applyDefaults(ensureRecord(draft, 'status'), {
        currentNumberScheduled: 0,
        desiredNumberScheduled: 0,
        numberMisscheduled: 0,
        numberReady: 0,
      });
    },
    validate: validateSelecting,
  }),
  define({
    ...batch,
    resource: 'jobs',
    singular: 'job',
    kind: 'Job',
    subresources: ['status'],
    printer: jobPrinter,
    fields: { 'status.successful': (object) => String(at(object, 'status', 'succeeded') ?? 0) },
    prepare(draft) {
      const spec = ensureRecord(draft, 'spec');
      defaultJobSpec(spec);
      if (!isRecord(spec.selector)) {
        const own = { 'batch.kubernetes.io/controller-uid': draft.metadata.uid };
        spec.selector = { matchLabels: own };
        const labels = ensureRecord(ensureRecord(ensureRecord(spec, 'template'), 'metadata'), 'labels');
        Object.assign(labels, own, {
          'batch.kubernetes.io/job-name': draft.metadata.name,
          'job-name': draft.metadata.name,
        });
      }
      ensureRecord(draft, 'status');
    },
    validate: (draft, previous) => [
      ...validateJobTemplate(draft, 'spec.template.spec'),
      ...immutable(draft, previous, 'spec', 'template'),
      ...immutable(draft, previous, 'spec', 'selector'),
    ],
  }),
  define({
    ...batch,
    resource: 'cronjobs',
    singular: 'cronjob',
    kind: 'CronJob',
    shortNames: ['cj'],
    subresources: ['status'],
    printer: cronJobPrinter,
    prepare(draft) {
      const spec = ensureRecord(draft, 'spec');
      applyDefaults(spec, {
        concurrencyPolicy: 'Allow',
        suspend: false,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
      });
      const template = ensureRecord(spec, 'jobTemplate');
      applyDefaults(ensureRecord(template, 'metadata'), { creationTimestamp: null });
      defaultPodTemplate(ensureRecord(template, 'spec'));
      ensureRecord(draft, 'status');
    },
    validate: (draft) => [
      ...validateSchedule(textAt(draft, 'spec', 'schedule')),
      ...validateJobTemplate(at(draft, 'spec', 'jobTemplate'), 'spec.jobTemplate.spec.template.spec'),
    ],
  }),
];

export function defaultJobSpec(spec: Record<string, unknown>): void {
  applyDefaults(spec, {
    completions: 1,
    parallelism: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: 'TerminatingOrFailed',
  });
  defaultPodTemplate(spec);
}

function validateSelecting(draft: Draft, previous: KubeObject | undefined) {
  return [
    ...validateSelectedTemplate(draft),
    ...validateReplicas(draft),
    ...immutable(draft, previous, 'spec', 'selector'),
  ];
}

/** A ReplicationController selects by labels alone, and chooses its own template. */
function validateReplicated(draft: Draft) {
  const selector = Object.entries(stringMapAt(draft, 'spec', 'selector'));
  const labels = templateLabels(draft);
  const errors = validatePodSpec(at(draft, 'spec', 'template', 'spec'), 'spec.template.spec');
  if (selector.length === 0) errors.push(required('spec.selector'));
  if (selector.some(([key, value]) => labels[key] !== value)) {
    errors.push(invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  return errors;
}

function validateJobTemplate(job: unknown, field: string) {
  const podSpec = at(job, 'spec', 'template', 'spec');
  const errors = validatePodSpec(podSpec, field);
  const policy = textAt(podSpec, 'restartPolicy');
  if (policy === 'Always') errors.push(unsupported(`${field}.restartPolicy`, policy, ['OnFailure', 'Never']));
  return errors;
}

function validateSchedule(schedule: string) {
  if (!schedule) return [required('spec.schedule')];
  const fields = schedule.trim().split(/\s+/);
  if (schedule.startsWith('@') || fields.length === 5) return [];
  return [
    invalidValue('spec.schedule', schedule, `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`),
  ];
}

/** The labels a pod template gives its pods. */
export function templateLabels(owner: unknown): Record<string, string> {
  return stringMapAt(owner, 'spec', 'template', 'metadata', 'labels');
}
