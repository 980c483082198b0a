import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { bootstrapYaml } from './import.ts';

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}
interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: Rule[];
  subjects?: { name: string; namespace: string }[];
  roleRef?: { kind: string; name: string };
  stringData?: Record<string, string>;
  spec?: {
    replicas: number;
    template: { spec: { serviceAccountName: string; containers: { image: string; args: string[]; env: unknown[] }[] } };
  };
}

const controllerUrl = 'https://postern.acme.example:8443#ca=sha256:AAAA';
const yaml = bootstrapYaml({ cluster: 'prod', controllerUrl, joinToken: 'postern-join-1' });
const objects = parseAllDocuments(yaml).map((document) => {
  if (!('toJS' in document)) throw new Error('no document');
  expect(document.errors).toEqual([]);
  return document.toJS() as KubernetesObject;
});
const one = (kind: string) => objects.find((object) => object.kind === kind)!;

describe('the bootstrap YAML', () => {
  test('holds each object once, with what is needed before what needs it', () => {
    expect(objects.map(({ kind }) => kind)).toEqual([
      'Namespace',
      'ServiceAccount',
      'ClusterRole',
      'ClusterRoleBinding',
      'Role',
      'RoleBinding',
      'Secret',
      'Deployment',
    ]);
    for (const object of objects) {
      expect(object.apiVersion).toBeTruthy();
      expect(object.metadata.name).toMatch(/^[a-z0-9-]+$/);
    }
  });

  test('puts everything that has one into the agent’s namespace, and binds its account alone', () => {
    for (const kind of ['ServiceAccount', 'Role', 'RoleBinding', 'Secret', 'Deployment']) {
      expect(one(kind).metadata.namespace).toBe('postern-system');
    }
    for (const kind of ['ClusterRoleBinding', 'RoleBinding']) {
      expect(one(kind).subjects).toEqual([
        { kind: 'ServiceAccount', name: one('ServiceAccount').metadata.name, namespace: 'postern-system' },
      ]);
    }
    expect(one('Deployment').spec!.template.spec.serviceAccountName).toBe(one('ServiceAccount').metadata.name);
  });

  test('gives no wildcard, no secret outside the agent’s namespace, and escalation on ClusterRoles alone', () => {
    for (const rule of [...one('ClusterRole').rules!, ...one('Role').rules!]) {
      expect([...rule.apiGroups, ...rule.resources, ...rule.verbs]).not.toContain('*');
      expect(rule.verbs).not.toContain('impersonate');
      if (rule.verbs.includes('escalate') || rule.verbs.includes('bind'))
        expect(rule.resources).toEqual(['clusterroles']);
    }
    const clusterWide = one('ClusterRole').rules!.flatMap(({ resources }) => resources);
    for (const resource of ['secrets', 'pods', 'pods/exec', 'serviceaccounts'])
      expect(clusterWide).not.toContain(resource);
  });

  test('carries the join token in a Secret, never in an argument, and the controller’s pin', () => {
    expect(one('Secret').stringData).toEqual({ token: 'postern-join-1' });
    const [container] = one('Deployment').spec!.template.spec.containers;
    expect(container!.args).toEqual(['--controller', controllerUrl]);
    expect(JSON.stringify(container)).not.toContain('postern-join-1');
  });

  test('of another import replaces the pod, which would never see the new token', () => {
    const other = bootstrapYaml({ cluster: 'prod', controllerUrl, joinToken: 'postern-join-2' });
    const templateOf = (text: string) => text.slice(text.indexOf('  template:'));
    expect(templateOf(other)).not.toBe(templateOf(yaml));
    expect(templateOf(other)).not.toContain('postern-join-2');
  });

  test('has no anchors, which kubectl’s own tools may not read', () => {
    expect(yaml).not.toMatch(/[&*][a-z][0-9]/);
  });

  test('takes the image that the import names', () => {
    expect(
      bootstrapYaml({ cluster: 'c', controllerUrl, joinToken: 't', image: 'registry.acme.example/agent:1' }),
    ).toContain('image: registry.acme.example/agent:1');
  });
});
