import { isDeepStrictEqual } from 'node:util';
import { applyDefaults, at, ensureRecord, isRecord, listAt, stringMapAt, textAt } from '../json.ts';
import {
  configMapPrinter,
  endpointsPrinter,
  eventPrinter,
  namespacePrinter,
  nodePrinter,
  persistentVolumeClaimPrinter,
  resourceQuotaPrinter,
  secretPrinter,
  serviceAccountPrinter,
  servicePrinter,
} from '../printers/core.ts';
import { podPrinter } from '../printers/pods.ts';
import { define, type ResourceDefinition } from './definition.ts';
import { defaultPodSpec, qosClass } from './pod-defaults.ts';
import { prepareService, validateService } from './services.ts';
import { immutable, invalidValue, required, validatePodSpec } from './validation.ts';

const core = { group: '', version: 'v1' } as const;

/** kube-apiserver's limit on the data of one ConfigMap or Secret. */
const dataLimitBytes = 1024 * 1024;

export const coreResources: readonly ResourceDefinition[] = [
  define({
    ...core,
    resource: 'namespaces',
    singular: 'namespace',
    kind: 'Namespace',
    namespaced: false,
    shortNames: ['ns'],
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    subresources: ['status'],
    printer: namespacePrinter,
    nameForm: 'label',
    fields: { 'status.phase': (object) => textAt(object, 'status', 'phase') },
    prepare(draft) {
      const labels = ensureRecord(draft.metadata, 'labels');
      labels['kubernetes.io/metadata.name'] = draft.metadata.name;
      applyDefaults(ensureRecord(draft, 'spec'), { finalizers: ['kubernetes'] });
      applyDefaults(ensureRecord(draft, 'status'), { phase: 'Active' });
    },
  }),
  define({
    ...core,
    resource: 'pods',
    singular: 'pod',
    kind: 'Pod',
    namespaced: true,
    shortNames: ['po'],
    categories: ['all'],
    subresources: ['status'],
    printer: podPrinter,
    fields: {
      'spec.nodeName': (object) => textAt(object, 'spec', 'nodeName'),
      'spec.restartPolicy': (object) => textAt(object, 'spec', 'restartPolicy'),
      'spec.schedulerName': (object) => textAt(object, 'spec', 'schedulerName'),
      'spec.serviceAccountName': (object) => textAt(object, 'spec', 'serviceAccountName'),
      'spec.hostNetwork': (object) => String(at(object, 'spec', 'hostNetwork') === true),
      'status.phase': (object) => textAt(object, 'status', 'phase'),
      'status.podIP': (object) => textAt(object, 'status', 'podIP'),
      'status.nominatedNodeName': (object) => textAt(object, 'status', 'nominatedNodeName'),
    },
    prepare(draft) {
      const spec = ensureRecord(draft, 'spec');
      defaultPodSpec(spec);
      applyDefaults(spec, {
        enableServiceLinks: true,
        serviceAccountName: 'default',
        preemptionPolicy: 'PreemptLowerPriority',
        priority: 0,
      });
      spec.serviceAccount = spec.serviceAccountName;
      applyDefaults(ensureRecord(draft, 'status'), { phase: 'Pending', qosClass: qosClass(spec) });
    },
    validate: (draft, previous) => [
      ...validatePodSpec(draft.spec, 'spec'),
      ...(previous ? validatePodUpdate(draft, previous) : []),
    ],
  }),
  define({
    ...core,
    resource: 'services',
    singular: 'service',
    kind: 'Service',
    namespaced: true,
    shortNames: ['svc'],
    categories: ['all'],
    subresources: ['status'],
    printer: servicePrinter,
    nameForm: 'label',
    fields: {
      'spec.clusterIP': (object) => textAt(object, 'spec', 'clusterIP'),
      'spec.type': (object) => textAt(object, 'spec', 'type'),
    },
    prepare: prepareService,
    validate: validateService,
  }),
  define({
    ...core,
    resource: 'configmaps',
    singular: 'configmap',
    kind: 'ConfigMap',
    namespaced: true,
    shortNames: ['cm'],
    printer: configMapPrinter,
    validate: (draft, previous) => [
      ...validateData(draft, ['data', 'binaryData']),
      ...(at(previous, 'immutable') === true ? immutable(draft, previous, 'data') : []),
    ],
  }),
  define({
    ...core,
    resource: 'secrets',
    singular: 'secret',
    kind: 'Secret',
    namespaced: true,
    printer: secretPrinter,
    fields: { type: (object) => textAt(object, 'type') },
    prepare(draft) {
      applyDefaults(draft, { type: 'Opaque' });
      const plain = stringMapAt(draft, 'stringData');
      if (Object.keys(plain).length > 0) {
        const data = ensureRecord(draft, 'data');
        for (const [key, value] of Object.entries(plain)) data[key] = Buffer.from(value, 'utf8').toString('base64');
      }
      // Write-only: a Secret is never read back with it.
      delete draft.stringData;
    },
    validate: (draft, previous) => [
      ...validateData(draft, ['data']),
      ...immutable(draft, previous, 'type'),
      ...(at(previous, 'immutable') === true ? immutable(draft, previous, 'data') : []),
    ],
  }),
  define({
    ...core,
    resource: 'serviceaccounts',
    singular: 'serviceaccount',
    kind: 'ServiceAccount',
    namespaced: true,
    shortNames: ['sa'],
    printer: serviceAccountPrinter,
  }),
  define({
    ...core,
    resource: 'events',
    singular: 'event',
    kind: 'Event',
    namespaced: true,
    shortNames: ['ev'],
    printer: eventPrinter,
    fields: {
      'involvedObject.kind': (object) => textAt(object, 'involvedObject', 'kind'),
      'involvedObject.namespace': (object) => textAt(object, 'involvedObject', 'namespace'),
      'involvedObject.name': (object) => textAt(object, 'involvedObject', 'name'),
      'involvedObject.uid': (object) => textAt(object, 'involvedObject', 'uid'),
      'involvedObject.apiVersion': (object) => textAt(object, 'involvedObject', 'apiVersion'),
      'involvedObject.resourceVersion': (object) => textAt(object, 'involvedObject', 'resourceVersion'),
      'involvedObject.fieldPath': (object) => textAt(object, 'involvedObject', 'fieldPath'),
      reason: (object) => textAt(object, 'reason'),
      reportingComponent: (object) => textAt(object, 'reportingComponent'),
      source: (object) => textAt(object, 'source', 'component') || textAt(object, 'reportingComponent'),
      type: (object) => textAt(object, 'type'),
    },
    validate: (draft) =>
      textAt(draft, 'involvedObject', 'kind') || textAt(draft, 'involvedObject', 'name')
        ? []
        : [required('involvedObject')],
  }),
  define({
    ...core,
    resource: 'nodes',
    singular: 'node',
    kind: 'Node',
    namespaced: false,
    shortNames: ['no'],
    subresources: ['status'],
    printer: nodePrinter,
    fields: { 'spec.unschedulable': (object) => String(at(object, 'spec', 'unschedulable') === true) },
  }),
  define({
    ...core,
    resource: 'endpoints',
    singular: 'endpoints',
    kind: 'Endpoints',
    namespaced: true,
    shortNames: ['ep'],
    printer: endpointsPrinter,
  }),
  define({
    ...core,
    resource: 'persistentvolumeclaims',
    singular: 'persistentvolumeclaim',
    kind: 'PersistentVolumeClaim',
    namespaced: true,
    shortNames: ['pvc'],
    subresources: ['status'],
    printer: persistentVolumeClaimPrinter,
    prepare(draft) {
      applyDefaults(ensureRecord(draft, 'spec'), { volumeMode: 'Filesystem' });
      applyDefaults(ensureRecord(draft, 'status'), { phase: 'Pending' });
    },
    validate: (draft) => [
      ...(listAt(draft, 'spec', 'accessModes').length === 0
        ? [required('spec.accessModes', 'at least 1 access mode is required')]
        : []),
      ...(textAt(draft, 'spec', 'resources', 'requests', 'storage') ? [] : [required('spec.resources[storage]')]),
    ],
  }),
  // Kept and shown, and nothing is held against them: their status, which says what is used, stays empty.
  define({
    ...core,
    resource: 'resourcequotas',
    singular: 'resourcequota',
    kind: 'ResourceQuota',
    namespaced: true,
    shortNames: ['quota'],
    subresources: ['status'],
    printer: resourceQuotaPrinter,
    prepare(draft) {
      ensureRecord(draft, 'spec');
      ensureRecord(draft, 'status');
    },
  }),
  define({
    ...core,
    resource: 'limitranges',
    singular: 'limitrange',
    kind: 'LimitRange',
    namespaced: true,
    shortNames: ['limits'],
  }),
];

function validateData(draft: unknown, fields: string[]) {
  const errors = [];
  let sizeBytes = 0;
  for (const field of fields) {
    const data = at(draft, field);
    if (data === undefined || data === null) continue;
    if (!isRecord(data)) {
      errors.push(invalidValue(field, data, 'must be a map of strings'));
      continue;
    }
    for (const [key, value] of Object.entries(data)) {
      if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
        errors.push(
          invalidValue(
            `${field}[${key}]`,
            key,
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
          ),
        );
      }
      sizeBytes += typeof value === 'string' ? Buffer.byteLength(value) : 0;
    }
  }
  // Base64 of binary fields is counted as it stands: a quarter more than their bytes, so allow for it.
  if (sizeBytes > dataLimitBytes * (fields.includes('binaryData') ? 1 : 4 / 3)) {
    errors.push({
      reason: 'FieldValueTooLong',
      field: '',
      message: `Too long: may not be more than ${dataLimitBytes} bytes`,
    });
  }
  return errors;
}

/** Only images, the deadline, tolerations and (from 0 to set) the node of a pod can change. */
function validatePodUpdate(draft: unknown, previous: unknown) {
  const masked = (pod: unknown) => {
    const spec = structuredClone(at(pod, 'spec')) as Record<string, unknown>;
    for (const field of [
      'activeDeadlineSeconds',
      'terminationGracePeriodSeconds',
      'tolerations',
      'ephemeralContainers',
    ]) {
      delete spec[field];
    }
    for (const field of ['containers', 'initContainers']) {
      for (const container of listAt(spec, field)) if (isRecord(container)) delete container.image;
    }
    return spec;
  };
  if (isDeepStrictEqual(masked(draft), masked(previous))) return [];
  return [
    {
      reason: 'FieldValueForbidden',
      field: 'spec',
      message:
        'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    },
  ];
}
