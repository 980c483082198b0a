import type { AppState, OfferedCluster, OfferedRole } from '../../../proxy-core/contract/app.ts';
import { alice, fakeId } from './people.ts';

export const scenarios = [
  'signed-in',
  'signed-out',
  'first-run',
  'revoked',
  'waiting',
  'no-clusters',
  'empty-log',
  'no-keychain',
  'lost',
] as const;
export type Scenario = (typeof scenarios)[number];

export const controllerUrl = 'https://postern.acme.example:7400#ca=sha256:0Lr0lB0k3mZ8m1cJ5o7mJr0hS1mJ9uQm3m1w2bqf3uY';
export const kubeconfigPath = '/home/alice/.kube/postern.yaml';

/** The core's state at the start of a scenario. */
export function fakeState(scenario: Scenario, now: Date): AppState {
  const signedIn: AppState = {
    version: '0.1.0',
    organisation: { name: 'acme', controllerUrl, issuer: 'https://login.acme.example' },
    identity: {
      kind: 'signed-in',
      user: alice,
      certificateExpiresAt: ago(now, -7.4 * 60),
      storage: scenario === 'no-keychain' ? 'memory' : 'keychain',
    },
    connection: { kind: 'open', controller: 'postern.acme.example:7400', since: ago(now, 42), latencyMs: 11.6 },
    clusters: fakeClusters(now),
    proxy: { url: 'https://127.0.0.1:46123' },
    kubeconfig: { path: kubeconfigPath, mergedInto: null, contexts: [] },
    terminals: [],
    settings: { controllerUrl, mergeKubeconfig: false, colorScheme: 'system', terminalFontSize: 13 },
    warnings: [],
  };
  signedIn.kubeconfig.contexts = contextsOf(signedIn.clusters);
  const signedOut: AppState = {
    ...signedIn,
    identity: { kind: 'signed-out', problem: null },
    connection: { kind: 'idle' },
    clusters: [],
    kubeconfig: { ...signedIn.kubeconfig, contexts: [] },
  };
  switch (scenario) {
    case 'signed-in':
    case 'empty-log':
    case 'lost':
      return signedIn;
    case 'signed-out':
      return signedOut;
    case 'first-run':
      return { ...signedOut, organisation: null, settings: { ...signedOut.settings, controllerUrl: null } };
    case 'revoked':
      return {
        ...signedOut,
        identity: {
          kind: 'signed-out',
          problem: {
            code: 'POSTERN_SESSION_REVOKED',
            message: 'An administrator revoked alice@acme.example',
            hint: 'ask your administrator to restore your access, then sign in again',
          },
        },
      };
    case 'waiting':
      return {
        ...signedIn,
        connection: {
          kind: 'waiting',
          retryAt: ago(now, -0.4),
          problem: {
            code: 'POSTERN_CONTROLLER_UNREACHABLE',
            message: 'Nothing answers at postern.acme.example:7400',
            hint: 'check the network; kubectl waits and goes on by itself',
          },
        },
      };
    case 'no-clusters':
      return { ...signedIn, clusters: [], kubeconfig: { ...signedIn.kubeconfig, contexts: [] } };
    case 'no-keychain':
      return {
        ...signedIn,
        warnings: [
          {
            code: 'POSTERN_NO_KEYCHAIN',
            message: 'There is no keychain on this machine, so the sign-in lives in memory only',
            hint: 'start a keyring such as gnome-keyring to stay signed in across restarts',
          },
          {
            code: 'POSTERN_KUBECONFIG_UNREADABLE',
            message: '/home/alice/.kube/config is not valid YAML (line 12) and was left as it is',
            hint: 'repair it, then write the kubeconfig again in the settings',
          },
        ],
      };
    default:
      return scenario satisfies never;
  }
}

export function contextsOf(clusters: OfferedCluster[]): string[] {
  return clusters.flatMap(({ roles }) => roles.map(({ context }) => context));
}

function fakeClusters(now: Date): OfferedCluster[] {
  const editor = heldRole('dev', 'editor', 'developers-edit-dev');
  return [
    cluster(now, 'dev', 'Development', { env: 'dev' }, 4.2, [
      { ...heldRole('dev', 'viewer', 'developers-view-dev'), isDefault: true, context: 'acme/dev' },
      { ...editor, sessionId: fakeId(1, 1), defaultNamespace: 'shop' },
      heldRole('dev', 'admin', 'platform-admin'),
    ]),
    cluster(now, 'prod', 'Production, Frankfurt', { env: 'prod', region: 'eu-central' }, 18.7, [
      { ...heldRole('prod', 'viewer', 'developers-view-prod'), isDefault: true, context: 'acme/prod' },
      {
        ...heldRole('prod', 'admin', 'platform-admin'),
        requireReason: true,
        record: 'required',
        maxDurationMs: 3_600_000,
      },
    ]),
    {
      ...cluster(now, 'staging', 'Staging', { env: 'staging' }, 9.1, [
        { ...heldRole('staging', 'editor', 'developers-edit-staging'), isDefault: true, context: 'acme/staging' },
      ]),
      insecureSkipTlsVerify: true,
      emulated: false,
      kubernetesVersion: 'v1.33.5',
    },
    {
      ...cluster(now, 'edge-munich', 'Edge, Munich plant', { env: 'prod', site: 'muc' }, 0, [
        { ...heldRole('edge-munich', 'viewer', 'developers-view-prod'), isDefault: true, context: 'acme/edge-munich' },
      ]),
      status: 'offline',
      statusSince: ago(now, 134),
      latencyMs: null,
      emulated: false,
      kubernetesVersion: 'v1.31.12',
    },
  ];
}

function cluster(
  now: Date,
  name: string,
  displayName: string,
  labels: Record<string, string>,
  latencyMs: number,
  roles: OfferedRole[],
): OfferedCluster {
  return {
    name,
    displayName,
    labels,
    status: 'online',
    statusSince: ago(now, 900),
    latencyMs,
    kubernetesVersion: 'v1.34.1',
    emulated: true,
    insecureSkipTlsVerify: false,
    roles,
  };
}

function heldRole(clusterName: string, role: string, grant: string): OfferedRole {
  return {
    role,
    grant,
    isDefault: false,
    requireReason: false,
    record: 'off',
    idleTimeoutMs: 900_000,
    maxDurationMs: null,
    context: `acme/${clusterName}+${role}`,
    sessionId: null,
  };
}

export function ago(now: Date, minutes: number): string {
  return new Date(now.getTime() - minutes * 60_000).toISOString();
}
