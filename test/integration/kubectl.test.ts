import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kubectl } from '../support/kubectl.ts';
import { kubectlPrograms } from '../support/kubectl.ts';
import { backings, bob, type Organisation, startOrganisation } from '../support/organisation.ts';
import { Workstation } from '../support/postern.ts';

if (kubectlPrograms.length === 0) console.info('kubectl is not installed: the tests that drive it are skipped.');

describe.skipIf(kubectlPrograms.length === 0).each(backings)('kubectl through every hop to the %s', (backing) => {
  let organisation: Organisation;
  let workstation: Workstation;

  beforeAll(async () => {
    organisation = await startOrganisation(backing);
    workstation = await Workstation.start(organisation.controllerUrl);
    await workstation.signIn(bob);
  });

  afterAll(async () => {
    await workstation?.close();
    await organisation?.close();
  });

  describe.each(kubectlPrograms)('kubectl $version', ({ version, path }) => {
    const name = `web-${version.replace('.', '-')}`;
    let kubectl: Kubectl;
    let folder: string;

    beforeAll(async () => {
      kubectl = workstation.kubectl('acme/dev+editor', path);
      folder = join(workstation.home, name);
      await mkdir(folder);
    });

    it('lists namespaces as the API server prints them', async () => {
      const table = await kubectl.output(['get', 'ns']);
      expect(table).toMatch(/^NAME +STATUS +AGE/);
      expect(table).toMatch(/^default +Active/m);
    });

    it('applies, describes, edits, scales, labels and deletes', async () => {
      const file = join(folder, 'web.yaml');
      await writeFile(file, deployment(name));
      expect(await kubectl.output(['apply', '-f', file])).toContain(`deployment.apps/${name} created`);
      expect(await kubectl.output(['apply', '-f', file])).toContain(`deployment.apps/${name} unchanged`);
      expect(await kubectl.output(['describe', 'deployment', name])).toMatch(new RegExp(`^Name: +${name}$`, 'm'));
      await kubectl.output(['scale', 'deployment', name, '--replicas=2']);
      await kubectl.output(['label', 'deployment', name, 'tier=front']);
      await kubectl.output(['patch', 'deployment', name, '-p', '{"metadata":{"annotations":{"patched":"yes"}}}']);
      await kubectl.output(['edit', 'deployment', name], {
        env: { KUBE_EDITOR: 'sed -i s/tier:.front/tier:\\ back/' },
      });
      const found = await kubectl.json<{
        items: { spec: { replicas: number }; metadata: { name: string; annotations: Record<string, string> } }[];
      }>(['get', 'deployments', '-l', 'tier=back']);
      expect(found.items.find((item) => item.metadata.name === name)).toMatchObject({
        spec: { replicas: 2 },
        metadata: { annotations: { patched: 'yes' } },
      });
      expect(await kubectl.output(['delete', '-f', file])).toContain(`"${name}" deleted`);
    });

    it('watches', async () => {
      const watch = kubectl.start(['get', 'configmaps', '--watch', '--output-watch-events', '-o', 'name']);
      try {
        await watch.until(/configmap\//);
        await kubectl.output(['create', 'configmap', `seen-${name}`, '--from-literal=a=b']);
        await watch.until(new RegExp(`configmap/seen-${name}`));
      } finally {
        await watch.stop();
        await kubectl.run(['delete', 'configmap', `seen-${name}`]);
      }
    });

    it('says what it may do', async () => {
      expect((await kubectl.run(['auth', 'can-i', 'create', 'deployments'])).stdout.trim()).toBe('yes');
      expect((await kubectl.run(['auth', 'can-i', 'create', 'clusterroles'])).stdout.trim()).toBe('no');
      expect(await kubectl.output(['api-resources'])).toMatch(/^deployments +deploy +apps\/v1/m);
    });

    it.skipIf(backing === 'kube-apiserver')('follows logs', async () => {
      const pod = await runningPod(kubectl);
      const logs = kubectl.start(['logs', '-n', 'shop', '-f', pod, '--tail=1']);
      try {
        await logs.until(/\n.*\n/);
      } finally {
        await logs.stop();
      }
    });

    it.skipIf(backing === 'kube-apiserver')(
      'runs commands in a pod, with input, exit code and separate streams',
      async () => {
        const pod = await runningPod(kubectl);
        const answer = await kubectl.run(
          ['exec', '-i', '-n', 'shop', pod, '--', 'sh', '-c', 'cat; echo apart >&2; exit 7'],
          { stdin: 'over there\n' },
        );
        expect(answer).toMatchObject({ exitCode: 7, stdout: 'over there\n' });
        expect(answer.stderr).toContain('apart');
      },
    );

    it.skipIf(backing === 'kube-apiserver')('forwards a port', async () => {
      const pod = await runningPod(kubectl);
      const forward = kubectl.start(['port-forward', '-n', 'shop', pod, ':8080']);
      try {
        const [, port] = await forward.until(/127\.0\.0\.1:(\d+)/);
        const response = await fetch(`http://127.0.0.1:${port}/`);
        expect(response.status).toBe(200);
        expect(await response.text()).toContain(pod);
      } finally {
        await forward.stop();
      }
    });

    it.skipIf(backing === 'kube-apiserver')('copies files both ways, byte for byte', async () => {
      const pod = await runningPod(kubectl);
      const content = Buffer.alloc(3 * 1024 * 1024, `${name} `);
      await writeFile(join(folder, 'up.bin'), content);
      await kubectl.output(['cp', '-n', 'shop', join(folder, 'up.bin'), `${pod}:/tmp/${name}.bin`]);
      await kubectl.output(['cp', '-n', 'shop', `${pod}:/tmp/${name}.bin`, join(folder, 'down.bin')]);
      expect((await readFile(join(folder, 'down.bin'))).equals(content)).toBe(true);
    });
  });

  it('lists 20 MB', async () => {
    const kubectl = workstation.kubectl('acme/dev+editor');
    const file = join(workstation.home, 'large.yaml');
    const data = 'x'.repeat(500_000);
    await writeFile(
      file,
      Array.from(
        { length: 40 },
        (_, index) =>
          `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: large-${index}, labels: { size: large } }\ndata: { text: ${data} }\n`,
      ).join('---\n'),
    );
    await kubectl.output(['create', '-f', file], { timeoutMs: 60_000 });
    const list = await kubectl.output(['get', 'configmaps', '-l', 'size=large', '-o', 'json', '--chunk-size=0'], {
      timeoutMs: 60_000,
    });
    expect(list.length).toBeGreaterThan(20_000_000);
    expect((JSON.parse(list) as { items: unknown[] }).items).toHaveLength(40);
  });
});

async function runningPod(kubectl: Kubectl): Promise<string> {
  const { items } = await kubectl.json<{
    items: {
      metadata: { name: string };
      spec: { containers: { ports?: { containerPort: number }[] }[] };
      status: { phase: string };
    }[];
  }>(['get', 'pods', '-n', 'shop', '--field-selector=status.phase=Running']);
  const pod = items.find((item) =>
    item.spec.containers.some((container) => container.ports?.some((port) => port.containerPort === 8080)),
  );
  if (!pod) throw new Error('no running pod with port 8080 in shop');
  return pod.metadata.name;
}

function deployment(name: string): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 1
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers:
        - name: web
          image: nginx:1.27
          ports: [{ containerPort: 80 }]
`;
}
