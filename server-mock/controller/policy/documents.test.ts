import { describe, expect, test } from 'vitest';
import type { PolicyDocument } from '../../../proxy-core/contract/policy.ts';
import { checkReferences, parsePolicyDocuments } from './documents.ts';

const role = `apiVersion: postern.dev/v1
kind: Role
metadata:
  name: viewer
spec:
  clusterRole: view
`;
const grant = `apiVersion: postern.dev/v1
kind: Grant
metadata:
  name: developers
spec:
  subjects:
    groups: [developers]
  role: viewer
  clusters:
    matchLabels: {}
`;

function messageOf(yaml: string): string {
  try {
    parsePolicyDocuments(yaml, 'acme.yaml');
  } catch (error) {
    expect(error).toMatchObject({ name: 'GatewayError', code: 'POSTERN_POLICY_INVALID' });
    return (error as Error).message;
  }
  throw new Error('nothing was wrong with it');
}

test('a stream of documents is read in order, empty ones skipped', () => {
  const documents = parsePolicyDocuments(`---\n${role}---\n# nothing\n---\n${grant}`);
  expect(documents.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'Role viewer',
    'Grant developers',
  ]);
  expect(parsePolicyDocuments('')).toEqual([]);
});

describe('an error names document, field and line', () => {
  test.each([
    [
      'an unknown field',
      role.replace('clusterRole: view', 'clusterRole: view\n  clusterRoles: x'),
      'acme.yaml:7: document 1 (Role "viewer"), spec.clusterRoles: is not a known field',
    ],
    [
      'a wrong type',
      `${role}---\n${grant.replace('[developers]', 'developers')}`,
      /^acme\.yaml:14: document 2 \(Grant "developers"\), spec\.subjects\.groups: .*expected array/,
    ],
    [
      'a missing field, at what is around it',
      grant.replace('  role: viewer\n', ''),
      'acme.yaml:5: document 1 (Grant "developers"), spec.role: is missing',
    ],
    [
      'a wrong name',
      role.replace('name: viewer', 'name: Viewer'),
      /^acme\.yaml:4: document 1 \(Role "Viewer"\), metadata\.name: must be lower-case/,
    ],
    [
      'a rule',
      role.replace('clusterRole: view', 'rules:\n    - verbs: [get]'),
      'acme.yaml:7: document 1 (Role "viewer"), spec.rules[0]: must name resources (with apiGroups) or nonResourceURLs',
    ],
    [
      'a role with two sources',
      role.replace('clusterRole: view', 'clusterRole: view\n  serviceAccount: {namespace: a, name: b}'),
      'acme.yaml:5: document 1 (Role "viewer"), spec: must have exactly one of clusterRole, rules and serviceAccount',
    ],
    [
      'an unknown kind',
      role.replace('kind: Role', 'kind: Rôle'),
      'acme.yaml:2: document 1 (Rôle "viewer"), kind: must be Cluster, Role or Grant',
    ],
    [
      'another apiVersion',
      role.replace('postern.dev/v1', 'rbac.authorization.k8s.io/v1'),
      /^acme\.yaml:1: document 1 \(Role "viewer"\), apiVersion: /,
    ],
    [
      'a label key',
      role.replace('name: viewer', 'name: viewer\n  labels: {"a b": c}'),
      /^acme\.yaml:5: document 1 \(Role "viewer"\), metadata\.labels\["a b"\]: /,
    ],
    [
      'a label key that JavaScript would lose, which would select every cluster',
      grant.replace('matchLabels: {}', 'matchLabels: {__proto__: x}'),
      'acme.yaml:10: document 1 (Grant "developers"), spec.clusters.matchLabels.__proto__: must be a Kubernetes label key',
    ],
    [
      'an exclusion of nothing, which would select every cluster',
      grant.replace('matchLabels: {}', 'matchExpressions:\n      - {key: env, operator: NotIn}'),
      'acme.yaml:11: document 1 (Grant "developers"), spec.clusters.matchExpressions[0].values: must name at least one value with NotIn',
    ],
    [
      'a choice of nothing',
      grant.replace('matchLabels: {}', 'matchExpressions:\n      - {key: env, operator: In, values: []}'),
      'acme.yaml:11: document 1 (Grant "developers"), spec.clusters.matchExpressions[0].values: must name at least one value with In',
    ],
    [
      'values where none are looked at',
      grant.replace('matchLabels: {}', 'matchExpressions:\n      - {key: env, operator: Exists, values: [test]}'),
      'acme.yaml:11: document 1 (Grant "developers"), spec.clusters.matchExpressions[0].values: must be left out with Exists',
    ],
    ['a document that is no mapping', '- a\n- b\n', /^acme\.yaml:1: document 1: /],
    [
      'a second document of one name',
      `${role}---\n${role}`,
      'acme.yaml:11: document 2 (Role "viewer"), metadata.name: is document 1 already',
    ],
    ['broken YAML', `${role}---\nkind: [Role\n`, /^acme\.yaml:\d+: document 2: /],
    [
      'a key told twice',
      role.replace('kind: Role', 'kind: Role\nkind: Grant'),
      /^acme\.yaml:3: document 1: Map keys must be unique/,
    ],
  ])('%s', (_, yaml, expected) => {
    const message = messageOf(yaml);
    if (typeof expected === 'string') expect(message).toBe(expected);
    else expect(message).toMatch(expected);
  });

  test('and all are told at once', () => {
    const lines = messageOf(
      `${role.replace('view\n', 'view\n  typo: 1\n')}---\n${grant.replace('role:', 'rolle:')}`,
    ).split('\n');
    expect(lines.map((line) => /^acme\.yaml:(\d+): document (\d)/.exec(line)?.slice(1))).toEqual([
      ['7', '1'],
      ['13', '2'],
      ['16', '2'],
    ]);
  });
});

test('an alias bomb is refused', () => {
  const levels = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(',')}]`);
  expect(messageOf(`l0: &l0 [x]\n${levels.join('\n')}\n`)).toMatch(/alias/i);
});

test('a grant of a missing role is a broken reference, named with the role', () => {
  const [viewer, developers] = parsePolicyDocuments(`${role}---\n${grant}`) as [PolicyDocument, PolicyDocument];
  const broken = 'Grant "developers", spec.role: there is no role "viewer"';
  expect(() => checkReferences([developers], [viewer, developers])).not.toThrow();
  expect(() => checkReferences([developers], [developers])).toThrow(broken);
});

test('a broken reference that was there before does not stand in the way of other changes', () => {
  const [, developers] = parsePolicyDocuments(`${role}---\n${grant}`) as [PolicyDocument, PolicyDocument];
  expect(() => checkReferences([], [developers])).not.toThrow();
});
