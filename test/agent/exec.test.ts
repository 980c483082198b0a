import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { sessionHeader } from '../../proxy-core/contract/headers.ts';
import { type EmulatedCluster, startEmulatedCluster } from '../../server-mock/cluster/index.ts';
import { type AgentUnderTest, startAgentServices } from './agent-under-test.ts';

let cluster: EmulatedCluster;
let agent: AgentUnderTest;
let pod: string;

beforeAll(async () => {
  cluster = await startEmulatedCluster({ name: 'dev', seed: 'acme' });
  agent = await startAgentServices(cluster.kubeconfig);
  const { items } = await agent.core.listPodForAllNamespaces();
  const running = items.find(
    ({ status, metadata }) => status?.phase === 'Running' && metadata?.namespace !== 'kube-system',
  );
  pod = `/api/v1/namespaces/${running?.metadata?.namespace}/pods/${running?.metadata?.name}`;
});
afterAll(async () => {
  await agent?.close();
  await cluster?.close();
});

function exec(sessionId: string, command: string[], stdin = false): WebSocket {
  const query = new URLSearchParams([...command.map((word): [string, string] => ['command', word]), ['stdout', '1']]);
  if (stdin) query.set('stdin', '1');
  const address = `${agent.kubernetesUrl.replace('http', 'ws')}${pod}/exec?${query}`;
  return new WebSocket(address, 'v4.channel.k8s.io', { headers: { [sessionHeader]: sessionId } });
}

function closed(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => socket.on('error', () => undefined).on('close', () => resolve()));
}

test('exec over WebSocket runs as the session’s account', async () => {
  const editor = await agent.announce({ role: 'editor', roleSpec: { clusterRole: 'edit' } });
  const socket = exec(editor.id, ['echo', 'hello']);
  let output = '';
  socket.on('message', (data: Buffer) => {
    if (data[0] === 1) output += data.subarray(1).toString('utf8');
  });
  await closed(socket);
  expect(output).toBe('hello\n');
});

test('exec that the account may not do is refused with the cluster’s own answer', async () => {
  const viewer = await agent.announce({ user: 'carol' });
  const status = await new Promise((resolve) => {
    exec(viewer.id, ['sh'])
      .on('unexpected-response', (_, response) => resolve(response.resume().statusCode))
      .on('error', () => undefined);
  });
  expect(status).toBe(403);
});

test('ending the session cuts a running exec at once', async () => {
  const editor = await agent.announce({ user: 'dan', role: 'editor', roleSpec: { clusterRole: 'edit' } });
  const socket = exec(editor.id, ['sh'], true);
  await new Promise((resolve) => socket.once('open', resolve));
  const end = closed(socket);
  const startedAt = performance.now();
  await agent.control('DELETE', `/sessions/${editor.id}`);
  await end;
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

test('the cluster says that it is an emulation', async () => {
  expect(JSON.parse((await agent.control('GET', '/status')).body)).toMatchObject({ emulated: true, problem: null });
});
