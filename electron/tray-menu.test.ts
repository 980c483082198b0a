import { expect, test } from 'vitest';
import type { AppState, OfferedCluster } from '../proxy-core/contract/app.ts';
import { maxTrayClusters, noteRecent, type TrayEntry, trayMenu } from './tray-menu.ts';

const time = '2026-01-01T00:00:00.000Z';
const running = { kind: 'running', since: 0 } as const;

function cluster(name: string, sessionId: string | null = null, more: Partial<OfferedCluster> = {}): OfferedCluster {
  const role = {
    role: 'viewer',
    grant: 'developers',
    isDefault: true,
    requireReason: false,
    record: 'off' as const,
    idleTimeoutMs: null,
    maxDurationMs: null,
    context: `acme/${name}`,
    sessionId,
  };
  return {
    name,
    displayName: name,
    labels: {},
    status: 'online',
    statusSince: time,
    latencyMs: 1,
    kubernetesVersion: 'v1.34.0',
    emulated: true,
    insecureSkipTlsVerify: false,
    roles: [role],
    ...more,
  };
}

function state(changes: Partial<AppState> = {}): AppState {
  return {
    version: '0.1.0',
    organisation: { name: 'acme', controllerUrl: 'https://c.example', issuer: 'https://login.example' },
    identity: {
      kind: 'signed-in',
      user: { name: 'alice@acme.example', displayName: 'Alice', groups: [], isAdministrator: false },
      certificateExpiresAt: time,
      storage: 'memory',
    },
    connection: { kind: 'open', controller: 'https://c.example', since: time, latencyMs: 1 },
    clusters: [cluster('dev'), cluster('prod', '0190a000-0000-7000-8000-000000000001')],
    proxy: null,
    kubeconfig: { path: '/k', mergedInto: null, contexts: [] },
    terminals: [],
    settings: { controllerUrl: null, mergeKubeconfig: false, colorScheme: 'system', terminalFontSize: 13 },
    warnings: [],
    ...changes,
  };
}

const labels = (entries: TrayEntry[]): string[] => entries.flatMap((entry) => ('label' in entry ? [entry.label] : []));

test('signed in, it shows who, the tunnel, the clusters and the way out', () => {
  const menu = trayMenu(state(), running, []);
  expect(labels(menu)).toEqual([
    'alice@acme.example · acme · connected',
    'dev',
    'prod · connected',
    'Sign out',
    'Open Postern',
    'Quit Postern',
  ]);
  const prod = menu.find((entry) => entry.kind === 'submenu' && entry.label.startsWith('prod'));
  expect(prod?.kind === 'submenu' && labels(prod.entries)).toEqual([
    'Disconnect viewer',
    'Copy kubectl command for viewer',
  ]);
});

test('signed out, it offers to sign in and no cluster', () => {
  const menu = trayMenu(state({ identity: { kind: 'signed-out', problem: null } }), running, []);
  expect(labels(menu)).toEqual(['Signed out', 'Sign in…', 'Open Postern', 'Quit Postern']);
});

test('with no core it says so, and can always be quit', () => {
  expect(labels(trayMenu(undefined, { kind: 'waiting' }, []))).toEqual(['Restarting…', 'Open Postern', 'Quit Postern']);
});

test('an offline cluster is marked, and a long list ends in the window', () => {
  const many = Array.from({ length: maxTrayClusters + 3 }, (_, index) =>
    cluster(`c${index}`, null, index === 0 ? { status: 'offline' } : {}),
  );
  const shown = labels(trayMenu(state({ clusters: many }), running, []));
  expect(shown[1]).toBe('c0 · offline');
  expect(shown).toContain('3 more…');
});

test('what was connected last comes first, and what is out of reach is left out', () => {
  const before = state({ clusters: [cluster('dev'), cluster('prod')] });
  const recent = noteRecent([{ cluster: 'gone', role: 'viewer' }], before, state());
  expect(recent).toEqual([
    { cluster: 'prod', role: 'viewer' },
    { cluster: 'gone', role: 'viewer' },
  ]);
  const shown = labels(trayMenu(state(), running, recent));
  expect(shown).toContain('Connect to prod as viewer');
  expect(shown.join()).not.toContain('gone');
  expect(noteRecent(recent, state(), state())).toBe(recent);
});

test('a role that asks for a reason opens the window, where one can be typed', () => {
  const held = cluster('prod');
  const asked = { ...held, roles: held.roles.map((role) => ({ ...role, requireReason: true })) };
  const menu = trayMenu(state({ clusters: [asked] }), running, []);
  const prod = menu.find((entry) => entry.kind === 'submenu');
  expect(prod?.kind === 'submenu' && prod.entries[0]).toEqual({
    kind: 'action',
    label: 'Connect as viewer…',
    action: { kind: 'open' },
  });
});
