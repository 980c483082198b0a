import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmulatedCluster, startEmulatedCluster } from './index.ts';

/** The oldest and the newest kubectl beside the one on the PATH, or that one alone. */
function installedKubectls(): string[] {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'kubectl'))
    .find((file) => existsSync(file));
  if (!onPath) return [];
  const folder = dirname(realpathSync(onPath));
  const versions = readdirSync(folder)
    .filter((name) => /^kubectl\.1\.\d+$/.test(name))
    .sort((a, b) => Number(a.split('.')[2]) - Number(b.split('.')[2]))
    .map((name) => join(folder, name));
  const [oldest, ...rest] = versions;
  if (!oldest) return [onPath];
  return [...new Set([oldest, rest.at(-1) ?? oldest])];
}

const kubectls = installedKubectls();
if (kubectls.length === 0) console.warn('kubectl.test.ts is skipped: there is no kubectl on the PATH');

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

describe.skipIf(kubectls.length === 0).each(kubectls.map((path) => ({ path, name: basename(path) })))(
  '$name against an emulated cluster',
  ({ path: kubectl }) => {
    let cluster: EmulatedCluster;
    let folder: string;

    beforeAll(async () => {
      cluster = await startEmulatedCluster({ name: 'dev', seed: 'acme' });
      folder = await mkdtemp(join(tmpdir(), 'emulated-cluster-'));
      await writeFile(join(folder, 'kubeconfig'), cluster.kubeconfig, { mode: 0o600 });
    });
    afterAll(async () => {
      await cluster.close();
      await rm(folder, { recursive: true, force: true });
    });

    const environment = () => ({ PATH: process.env.PATH ?? '', HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') });

    function attempt(args: string[], options: { input?: string; env?: Record<string, string> } = {}): Promise<Outcome> {
      return new Promise((resolve) => {
        const env = { ...environment(), ...options.env };
        const child = execFile(kubectl, args, { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
          resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
        });
        child.stdin?.end(options.input);
      });
    }

    async function run(args: string, options: { input?: string; env?: Record<string, string> } = {}): Promise<string> {
      const { code, stdout, stderr } = await attempt(args.split(' '), options);
      if (code !== 0) throw new Error(`kubectl ${args} ended with ${code}: ${stderr}${stdout}`);
      return stdout;
    }

    const manifest = (name: string, { image = 'nginx:1.27', replicas = 2 } = {}) =>
      [
        'apiVersion: apps/v1',
        'kind: Deployment',
        `metadata: {name: ${name}, namespace: default, labels: {app: ${name}}}`,
        'spec:',
        `  replicas: ${replicas}`,
        `  selector: {matchLabels: {app: ${name}}}`,
        '  template:',
        `    metadata: {labels: {app: ${name}}}`,
        '    spec:',
        '      containers:',
        `      - {name: main, image: '${image}', env: [{name: GREETING, value: hello}]}`,
        '',
      ].join('\n');

    it('is told by version that this is an emulation', async () => {
      expect(await run('version -o json')).toContain('v1.33.0+postern.emulated');
    });

    it('gets tables, narrow and wide', async () => {
      const [heading, ...rows] = (await run('get pods -n shop')).trim().split('\n');
      expect(heading?.split(/\s{2,}/)).toEqual(['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE']);
      expect(rows.length).toBeGreaterThanOrEqual(7);
      expect(rows.some((row) => /^web-\S+\s+1\/1\s+Running/.test(row))).toBe(true);
      const wide = await run('get deployments -n shop -o wide');
      expect(
        wide
          .split('\n')[0]
          ?.trim()
          .split(/\s{2,}/),
      ).toEqual(['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE', 'CONTAINERS', 'IMAGES', 'SELECTOR']);
      expect(wide).toContain('nginx:1.27.3');
      expect(await run('get all -A')).toContain('statefulset.apps/ledger-db');
    });

    it('gets YAML and JSON', async () => {
      expect(await run('get deployment web -n shop -o yaml')).toMatch(/^apiVersion: apps\/v1\nkind: Deployment\n/);
      const node = JSON.parse(await run('get node dev-node-1 -o json'));
      expect(node.status.nodeInfo.kubeletVersion).toBe('v1.33.0+postern.emulated');
    });

    it('describes pods, deployments, nodes, services and namespaces', async () => {
      const pod = (await run('get pods -n payments -l app=worker -o name')).trim();
      expect(await run(`describe ${pod} -n payments`)).toContain('Back-off restarting failed container worker');
      expect(await run('describe deployment web -n shop')).toContain('3 desired | 3 updated | 3 total | 3 available');
      expect(await run('describe node dev-node-1')).toMatch(/Non-terminated Pods:\s+\(\d+ in total\)/);
      expect(await run('describe service web -n shop')).toMatch(/Endpoints:\s+10\.244\./);
      expect(await run('describe namespace shop')).toMatch(/Status:\s+Active/);
    });

    it('runs a replication controller, and dumps a cluster for diagnosis', async () => {
      const controller = [
        'apiVersion: v1',
        'kind: ReplicationController',
        'metadata: {name: classic}',
        'spec:',
        '  replicas: 2',
        '  template:',
        '    metadata: {labels: {app: classic}}',
        '    spec: {containers: [{name: main, image: "nginx:1.27"}]}',
      ];
      await run('apply -f -', { input: controller.join('\n') });
      await run('wait rc/classic --for=jsonpath={.status.readyReplicas}=2 --timeout=30s');
      expect(await run('get rc classic -o wide')).toMatch(
        /^classic\s+2\s+2\s+2\s+\S+\s+main\s+nginx:1\.27\s+app=classic$/m,
      );
      await run('scale rc classic --replicas=1');
      await run('wait rc/classic --for=jsonpath={.status.replicas}=1 --timeout=30s');
      expect(await run('describe rc classic')).toMatch(/Replicas:\s+1 current \/ 1 desired/);
      await run(`cluster-info dump --output-directory=${join(folder, 'dump')}`);
      await run('delete rc classic');
    }, 60_000);

    it('keeps quotas and limit ranges, and describes a namespace that has them', async () => {
      await run('create namespace bounded');
      await run('create quota pods -n bounded --hard=pods=3,requests.cpu=2');
      const limits = [
        'apiVersion: v1',
        'kind: LimitRange',
        'metadata: {name: sizes, namespace: bounded}',
        'spec: {limits: [{type: Container, default: {cpu: 500m}, max: {cpu: "1"}}]}',
      ];
      await run('apply -f -', { input: limits.join('\n') });
      expect(await run('get quota pods -n bounded -o jsonpath={.spec.hard}')).toBe('{"pods":"3","requests.cpu":"2"}');
      const { code, stdout, stderr } = await attempt(['describe', 'namespace', 'bounded']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/Container\s+cpu\s+-\s+1\s+-\s+500m/);
      await run('delete namespace bounded --wait=false');
    });

    it('describes an ingress whose service has a port without a name', async () => {
      await run('expose deployment web -n shop --name=backend --port=80');
      await run('create ingress backend -n shop --rule=backend.example/=backend:80');
      await run('wait -n shop endpoints/backend --for=jsonpath={.subsets[0].ports[0].port}=80');
      expect(await run('describe ingress backend -n shop')).toMatch(/\/\s+backend:80 \(10\.244\./);
      await run('delete ingress/backend service/backend -n shop');
    });

    it('applies, creating first and changing then', async () => {
      expect(await run('apply -f -', { input: manifest('applied') })).toBe('deployment.apps/applied created\n');
      expect(await run('apply -f -', { input: manifest('applied') })).toBe('deployment.apps/applied unchanged\n');
      const changed = manifest('applied', { image: 'nginx:1.28' });
      expect(await run('apply -f -', { input: changed })).toBe('deployment.apps/applied configured\n');
      expect(await run('get deployment applied -o jsonpath={.spec.template.spec.containers[0].image}')).toBe(
        'nginx:1.28',
      );
      expect(await run('rollout status deployment/applied --timeout=60s')).toContain('successfully rolled out');
      expect(await run('delete deployment applied')).toContain('deleted');
    });

    it('rolls back to the ReplicaSet that was, and starts no rollout where only the order of fields changes', async () => {
      await run('apply -f -', { input: manifest('undone', { replicas: 1 }) });
      await run('rollout status deployment/undone --timeout=60s');
      await run('set image deployment/undone main=nginx:1.28');
      await run('rollout status deployment/undone --timeout=60s');
      await run('rollout undo deployment/undone');
      await run('rollout status deployment/undone --timeout=60s');
      const revisions = async () =>
        (await run('rollout history deployment/undone')).match(/^\d+/gm)?.map((revision) => Number(revision));
      expect(await revisions()).toEqual([2, 3]);
      const { spec, ...rest } = JSON.parse(await run('get deployment undone -o json'));
      const reversed = (record: object) => Object.fromEntries(Object.entries(record).reverse());
      spec.template.spec = reversed(spec.template.spec);
      spec.template.spec.containers = spec.template.spec.containers.map(reversed);
      await run('replace -f -', { input: JSON.stringify({ ...rest, spec }) });
      await run('rollout status deployment/undone --timeout=60s');
      expect(await revisions()).toEqual([2, 3]);
      await run('delete deployment undone');
    }, 60_000);

    it('applies on the server side', async () => {
      const input = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ssa}\ndata: {a: "1", b: "2"}\n';
      expect(await run('apply --server-side -f -', { input })).toBe('configmap/ssa serverside-applied\n');
      await run('apply --server-side -f -', { input: input.replace(', b: "2"', '') });
      expect(await run('get configmap ssa -o jsonpath={.data}')).toBe('{"a":"1"}');
    });

    it('refuses to create what has unknown fields', async () => {
      const input = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: wrong}\ndta: {}\n';
      const { code, stderr } = await attempt(['create', '-f', '-'], { input });
      expect(code).toBe(1);
      expect(stderr).toContain('unknown field "dta"');
    });

    it('creates by its own commands', async () => {
      await run('create namespace made');
      await run('create configmap made --from-literal=a=b -n made');
      await run('create secret generic made --from-literal=a=b -n made');
      await run('create deployment made --image=busybox:1.37 --replicas=0 -n made');
      await run('create role made --verb=get,list --resource=pods -n made');
      await run('create rolebinding made --role=made --serviceaccount=made:default -n made');
      await run('create ingress made --rule=made.example/*=web:80 -n made');
      expect(await run('get secret made -n made -o jsonpath={.data.a}')).toBe('Yg==');
      expect(await run('get deployment made -n made -o jsonpath={.spec.replicas}')).toBe('0');
      expect(await run('get ingress made -n made')).toContain('made.example');
      expect((await run('create token default -n made')).split('.')).toHaveLength(3);
      await run('delete namespace made');
    }, 30_000);

    it('edits', async () => {
      await run('apply -f -', { input: manifest('edited', { replicas: 0 }) });
      const editor = join(folder, 'editor.sh');
      await writeFile(editor, '#!/bin/sh\nsed -i "s/value: hello/value: edited/" "$1"\n');
      await chmod(editor, 0o755);
      expect(await run('edit deployment edited', { env: { EDITOR: editor } })).toBe('deployment.apps/edited edited\n');
      expect(await run('get deployment edited -o jsonpath={..env[0].value}')).toBe('edited');
      await run('delete deployment edited');
    });

    it('patches in all three ways, labels and annotates', async () => {
      await run('create configmap patched --from-literal=a=1');
      await run('patch configmap patched -p {"data":{"b":"2"}}');
      await run('patch configmap patched --type=merge -p {"data":{"a":null}}');
      await run('patch configmap patched --type=json -p [{"op":"add","path":"/data/c","value":"3"}]');
      await run('label configmap patched tier=test');
      await run('annotate configmap patched note=x');
      const { data, metadata } = JSON.parse(await run('get configmap patched -o json'));
      expect(data).toEqual({ b: '2', c: '3' });
      expect(metadata).toMatchObject({ labels: { tier: 'test' }, annotations: { note: 'x' } });
      await run('label configmap patched tier-');
      expect(await run('get configmap -l tier=test -o name')).toBe('');
      await run('delete configmap patched');
    });

    it('scales, and sees the pods come and go', async () => {
      await run('apply -f -', { input: manifest('scaled', { replicas: 1 }) });
      await run('scale deployment scaled --replicas=3');
      await run('rollout status deployment/scaled --timeout=60s');
      expect((await run('get pods -l app=scaled --no-headers')).trim().split('\n')).toHaveLength(3);
      await run('scale deployment scaled --replicas=0');
      await run('wait --for=delete pod -l app=scaled --timeout=60s');
      await run('delete deployment scaled');
    }, 60_000);

    it('deletes a pod and waits until it is gone', async () => {
      await run('run lonely --image=busybox:1.37');
      await run('wait --for=condition=Ready pod/lonely --timeout=60s');
      expect(await run('delete pod lonely')).toBe('pod "lonely" deleted\n');
      expect((await attempt(['get', 'pod', 'lonely'])).stderr).toBe(
        'Error from server (NotFound): pods "lonely" not found\n',
      );
    }, 60_000);

    it('deletes a deployment and, in the foreground, waits until its pods are gone', async () => {
      await run('apply -f -', { input: manifest('front', { replicas: 1 }) });
      await run('rollout status deployment/front --timeout=60s');
      await run('delete deployment front --cascade=foreground');
      expect(await run('get pods,replicasets -l app=front -o name')).toBe('');
    }, 30_000);

    it('chooses by labels and fields', async () => {
      expect((await run('get pods -A -l app=web -o name')).trim().split('\n')).toHaveLength(3);
      expect(await run('get pods -A --field-selector=status.phase=Pending -o name')).toBe('');
      const onNode = await run(
        'get pods -A --field-selector=spec.nodeName=dev-node-1 -o jsonpath={.items[*].spec.nodeName}',
      );
      expect(new Set(onNode.split(' '))).toEqual(new Set(['dev-node-1']));
    });

    it('watches', async () => {
      const watch = spawn(kubectl, ['get', 'configmaps', '--watch', '--output-watch-events'], { env: environment() });
      try {
        let shown = '';
        const saw = (text: string) =>
          new Promise<void>((resolve, reject) => {
            const look = () => shown.includes(text) && resolve();
            watch.stdout.on('data', look);
            watch.on('exit', () => reject(new Error(`the watch ended: ${shown}`)));
            look();
          });
        watch.stdout.setEncoding('utf8').on('data', (text: string) => {
          shown += text;
        });
        await saw('kube-root-ca.crt');
        await run('create configmap watched --from-literal=a=b');
        await saw('ADDED      watched');
        await run('delete configmap watched');
        await saw('DELETED    watched');
      } finally {
        watch.kill();
      }
    }, 30_000);

    it('shows events', async () => {
      expect(await run('get events -n payments')).toContain('BackOff');
      expect(await run('events -n payments')).toContain('BackOff');
    });

    it('is told what it may do', async () => {
      expect(await run('auth can-i delete nodes')).toBe('yes\n');
      const { code, stdout } = await attempt(['auth', 'can-i', 'list', 'secrets', '--as=bob']);
      expect({ code, stdout: stdout.trim() }).toEqual({ code: 1, stdout: 'no' });
      expect(await run('auth can-i --list --as=bob')).toContain('selfsubjectaccessreviews.authorization.k8s.io');
      expect((await attempt(['get', 'pods', '--as=bob'])).stderr).toContain(
        'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"',
      );
    });

    it('lists the resources and explains them', async () => {
      const resources = await run('api-resources --no-headers');
      expect(resources).toMatch(/^deployments\s+deploy\s+apps\/v1\s+true\s+Deployment$/m);
      expect(await run('api-resources --verbs=create --api-group=authorization.k8s.io -o name')).toContain(
        'selfsubjectaccessreviews.authorization.k8s.io',
      );
      expect(await run('explain pods.spec.containers.image')).toContain('Container image name');
      expect(await run('explain deployment --recursive')).toContain('matchLabels');
    });

    it('gets lists in chunks', async () => {
      const inChunks = await run('get pods -A --chunk-size=2 -o name');
      expect(inChunks).toBe(await run('get pods -A -o name'));
    });
  },
);
