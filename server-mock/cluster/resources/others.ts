import { applyDefaults, at, ensureRecord, isRecord, listAt, numberAt, recordAt, textAt } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import {
  endpointSlicePrinter,
  eventPrinter,
  ingressClassPrinter,
  ingressPrinter,
  leasePrinter,
  networkPolicyPrinter,
} from '../printers/core.ts';
import { type Draft, define, type ResourceDefinition } from './definition.ts';
import { required } from './validation.ts';

export const otherResources: readonly ResourceDefinition[] = [
  define({
    group: 'networking.k8s.io',
    version: 'v1',
    resource: 'ingresses',
    singular: 'ingress',
    kind: 'Ingress',
    namespaced: true,
    shortNames: ['ing'],
    subresources: ['status'],
    printer: ingressPrinter,
    prepare: (draft) => applyDefaults(ensureRecord(draft, 'status'), { loadBalancer: {} }),
    validate: (draft) =>
      listAt(draft, 'spec', 'rules').length === 0 && !at(draft, 'spec', 'defaultBackend')
        ? [required('spec', 'either `defaultBackend` or `rules` must be specified')]
        : [],
  }),
  define({
    group: 'networking.k8s.io',
    version: 'v1',
    resource: 'ingressclasses',
    singular: 'ingressclass',
    kind: 'IngressClass',
    namespaced: false,
    printer: ingressClassPrinter,
  }),
  define({
    group: 'networking.k8s.io',
    version: 'v1',
    resource: 'networkpolicies',
    singular: 'networkpolicy',
    kind: 'NetworkPolicy',
    namespaced: true,
    shortNames: ['netpol'],
    printer: networkPolicyPrinter,
    prepare: (draft) => applyDefaults(ensureRecord(draft, 'spec'), { policyTypes: ['Ingress'] }),
  }),
  define({
    group: 'coordination.k8s.io',
    version: 'v1',
    resource: 'leases',
    singular: 'lease',
    kind: 'Lease',
    namespaced: true,
    printer: leasePrinter,
  }),
  define({
    group: 'discovery.k8s.io',
    version: 'v1',
    resource: 'endpointslices',
    singular: 'endpointslice',
    kind: 'EndpointSlice',
    namespaced: true,
    printer: endpointSlicePrinter,
    // Every port has a name, if an empty one: `kubectl describe` reads it unasked.
    prepare: (draft) => {
      for (const port of listAt(draft, 'ports')) if (isRecord(port)) applyDefaults(port, { name: '', protocol: 'TCP' });
    },
  }),
  define({
    group: 'events.k8s.io',
    version: 'v1',
    resource: 'events',
    singular: 'event',
    kind: 'Event',
    namespaced: true,
    shortNames: ['ev'],
    storage: 'events',
    printer: eventPrinter,
    fields: {
      reason: (object) => textAt(object, 'reason'),
      type: (object) => textAt(object, 'type'),
      reportingController: (object) => textAt(object, 'reportingComponent'),
      'regarding.kind': (object) => textAt(object, 'involvedObject', 'kind'),
      'regarding.name': (object) => textAt(object, 'involvedObject', 'name'),
      'regarding.namespace': (object) => textAt(object, 'involvedObject', 'namespace'),
      'regarding.uid': (object) => textAt(object, 'involvedObject', 'uid'),
    },
    codec: { toStored: eventToCore, fromStored: eventFromCore },
  }),
];

/** events.k8s.io/v1 and core/v1 are two spellings of one stored Event; core's is the one kept. */
function eventToCore(draft: Draft): Draft {
  const {
    regarding,
    note,
    reportingController,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    ...rest
  } = draft;
  return {
    ...rest,
    apiVersion: 'v1',
    kind: 'Event',
    metadata: draft.metadata,
    involvedObject: regarding ?? {},
    message: note ?? '',
    reportingComponent: reportingController ?? '',
    source: deprecatedSource ?? {},
    firstTimestamp: deprecatedFirstTimestamp ?? null,
    lastTimestamp: deprecatedLastTimestamp ?? null,
    ...(deprecatedCount === undefined ? {} : { count: deprecatedCount }),
  };
}

function eventFromCore(object: KubeObject): KubeObject {
  const { involvedObject, message, reportingComponent, source, firstTimestamp, lastTimestamp, count, ...rest } = object;
  return {
    ...rest,
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: object.metadata,
    eventTime: object.eventTime ?? null,
    regarding: recordAt(object, 'involvedObject'),
    note: message ?? '',
    reportingController: reportingComponent ?? '',
    deprecatedSource: recordAt(object, 'source'),
    deprecatedFirstTimestamp: firstTimestamp ?? null,
    deprecatedLastTimestamp: lastTimestamp ?? null,
    deprecatedCount: numberAt(object, 'count'),
  };
}
