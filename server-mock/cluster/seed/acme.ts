import { seedNamespace, seedNode } from './base.ts';
import { dayMs, emulatedAnnotation, hourMs, minuteMs, type Seeder } from './seeder.ts';
import { nodeName, seedDaemonSet, seedDeployment, seedStatefulSet, type Workload } from './workloads.ts';

const registry = 'registry.acme.example';

/** The sample organisation's cluster: a shop, its payments, and what runs below them. */
export function seedAcme(seeder: Seeder, cluster: string): void {
  for (const [name, ageMs] of [
    ['shop', 41 * dayMs],
    ['payments', 41 * dayMs],
    ['postern-system', 30 * dayMs],
  ] as const) {
    seedNamespace(seeder, name, ageMs);
  }
  for (let index = 0; index < 3; index++) seedNode(seeder, nodeName(cluster, index), index);
  seedServiceAccounts(seeder);
  for (const workload of deployments) seedDeployment(seeder, cluster, workload);
  seedStatefulSet(seeder, cluster, database);
  seedDaemonSet(seeder, cluster, proxy);
  seedServices(seeder);
  seedConfiguration(seeder, cluster);
  seedEvents(seeder);
}

const small = { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } };

const deployments: readonly Workload[] = [
  {
    namespace: 'shop',
    name: 'web',
    replicas: 3,
    ageMs: 12 * dayMs,
    container: { name: 'web', image: 'nginx:1.27.3', ports: [{ name: 'http', containerPort: 80 }], resources: small },
  },
  {
    namespace: 'shop',
    name: 'cart',
    replicas: 2,
    ageMs: 9 * dayMs,
    container: {
      name: 'cart',
      image: `${registry}/shop/cart:4.12.0`,
      ports: [{ name: 'http', containerPort: 8080 }],
      env: [{ name: 'LOG_LEVEL', value: 'info' }],
      resources: small,
    },
  },
  {
    namespace: 'shop',
    name: 'catalog',
    replicas: 2,
    ageMs: 33 * dayMs,
    container: {
      name: 'catalog',
      image: `${registry}/shop/catalog:2.7.1`,
      ports: [{ name: 'http', containerPort: 8080 }],
      resources: small,
    },
    restarts: { count: 3, lastMsAgo: 5 * hourMs, exitCode: 137, reason: 'OOMKilled' },
  },
  {
    namespace: 'payments',
    name: 'api',
    replicas: 2,
    ageMs: 6 * dayMs,
    container: {
      name: 'api',
      image: `${registry}/payments/api:1.31.4`,
      ports: [{ name: 'http', containerPort: 8080 }],
      resources: small,
    },
    serviceAccountName: 'payments',
  },
  {
    namespace: 'payments',
    name: 'worker',
    replicas: 1,
    ageMs: 6 * dayMs,
    container: { name: 'worker', image: `${registry}/payments/worker:1.31.4`, resources: small },
    restarts: { count: 7, lastMsAgo: 26 * minuteMs, exitCode: 1, reason: 'Error' },
    serviceAccountName: 'payments',
  },
  {
    // Fails for real each time, so that there is a crash loop to look into.
    namespace: 'shop',
    name: 'recommendations',
    replicas: 1,
    ageMs: 2 * hourMs,
    container: {
      name: 'recommendations',
      image: `${registry}/shop/recommendations:0.9.0`,
      command: [
        'sh',
        '-c',
        `echo "connecting to $MODEL_STORE"; sleep 6; echo "FATAL no such model: ranker-v3" >&2; exit 1`,
      ],
      env: [{ name: 'MODEL_STORE', value: 'http://models.shop.svc:9000' }],
      resources: small,
    },
    restarts: { count: 12, lastMsAgo: 5 * minuteMs, exitCode: 1, reason: 'Error' },
  },
  {
    namespace: 'kube-system',
    name: 'coredns',
    replicas: 2,
    ageMs: 60 * dayMs,
    container: {
      name: 'coredns',
      image: 'registry.k8s.io/coredns/coredns:v1.11.3',
      ports: [
        { name: 'dns', containerPort: 53, protocol: 'UDP' },
        { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
      ],
      resources: small,
    },
  },
];

const database: Workload = {
  namespace: 'payments',
  name: 'ledger-db',
  replicas: 1,
  ageMs: 28 * dayMs,
  container: {
    name: 'postgres',
    image: 'postgres:17.2',
    ports: [{ name: 'postgres', containerPort: 5432 }],
    resources: small,
  },
};

const proxy: Workload = {
  namespace: 'kube-system',
  name: 'kube-proxy',
  replicas: 0,
  ageMs: 60 * dayMs,
  container: { name: 'kube-proxy', image: 'registry.k8s.io/kube-proxy:v1.33.0' },
};

function seedServiceAccounts(seeder: Seeder): void {
  for (const [namespace, name] of [
    ['payments', 'payments'],
    ['shop', 'deployer'],
  ]) {
    seeder.put(
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, annotations: emulatedAnnotation } },
      30 * dayMs,
    );
  }
}

function seedServices(seeder: Seeder): void {
  const services = [
    { namespace: 'shop', name: 'web', port: 80, targetPort: 'http' },
    { namespace: 'shop', name: 'cart', port: 80, targetPort: 'http' },
    { namespace: 'shop', name: 'catalog', port: 80, targetPort: 'http' },
    { namespace: 'payments', name: 'api', port: 80, targetPort: 'http' },
    { namespace: 'payments', name: 'ledger-db', port: 5432, targetPort: 'postgres' },
  ];
  for (const { namespace, name, port, targetPort } of services) {
    seeder.put(
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, namespace, labels: { app: name }, annotations: emulatedAnnotation },
        spec: { selector: { app: name }, ports: [{ name: targetPort, port, targetPort }] },
      },
      30 * dayMs,
    );
  }
  seeder.put(
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'shop', namespace: 'shop', annotations: emulatedAnnotation },
      spec: {
        ingressClassName: 'nginx',
        rules: [
          {
            host: 'shop.acme.example',
            http: {
              paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { name: 'http' } } } }],
            },
          },
        ],
      },
    },
    30 * dayMs,
  );
}

function seedConfiguration(seeder: Seeder, cluster: string): void {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const configMaps = [
    { namespace: 'shop', name: 'web-config', data: { 'nginx.conf': 'worker_processes auto;\n', ENVIRONMENT: cluster } },
    { namespace: 'shop', name: 'feature-flags', data: { 'flags.json': '{\n  "new-checkout": true\n}\n' } },
    { namespace: 'payments', name: 'api-config', data: { CURRENCY: 'EUR', LEDGER_HOST: 'ledger-db' } },
    {
      namespace: 'kube-system',
      name: 'coredns',
      data: { Corefile: '.:53 {\n    errors\n    health\n    cache 30\n}\n' },
    },
  ];
  for (const { namespace, name, data } of configMaps) {
    const metadata = { name, namespace, annotations: emulatedAnnotation };
    seeder.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }, 20 * dayMs);
  }
  const secrets = [
    {
      namespace: 'payments',
      name: 'ledger-db',
      data: { username: base64('ledger'), password: base64('emulated-not-a-secret') },
    },
    { namespace: 'shop', name: 'web-session-key', data: { key: base64('emulated-not-a-secret') } },
  ];
  for (const { namespace, name, data } of secrets) {
    const metadata = { name, namespace, annotations: emulatedAnnotation };
    seeder.put({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data }, 20 * dayMs);
  }
  seeder.put(
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'emulated-cluster', namespace: 'default', annotations: emulatedAnnotation },
      data: {
        README: `The cluster ${cluster} is emulated by Postern: no machine, network or container is behind it.\n`,
      },
    },
    41 * dayMs,
  );
}

function seedEvents(seeder: Seeder): void {
  const worker = seeder.store.list('pods', 'payments').find((pod) => pod.metadata.name.startsWith('worker-'));
  if (!worker) return;
  const { name, namespace, uid } = worker.metadata;
  const messages = [
    ['Warning', 'BackOff', 'Back-off restarting failed container worker', 'kubelet'],
    ['Normal', 'Started', 'Started container worker', 'kubelet'],
  ] as const;
  for (const [index, [type, reason, message, component]] of messages.entries()) {
    seeder.put(
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `${name}.seed${index}`, namespace },
        involvedObject: { kind: 'Pod', apiVersion: 'v1', namespace, name, uid, fieldPath: 'spec.containers{worker}' },
        type,
        reason,
        message,
        source: { component },
        reportingComponent: component,
        reportingInstance: '',
        firstTimestamp: seeder.ago(55 * minuteMs),
        lastTimestamp: seeder.ago(26 * minuteMs),
        eventTime: null,
        count: 7 - index,
      },
      55 * minuteMs,
    );
  }
}
