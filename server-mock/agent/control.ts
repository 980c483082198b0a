import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { type AgentClusterRole, type AgentStatus, agentSession } from '../../proxy-core/contract/agent.ts';
import { PosternError, toWireError } from '../../proxy-core/contract/errors.ts';
import { policyRule } from '../../proxy-core/contract/policy.ts';
import { createStreamServer } from '../../proxy-core/tunnel/index.ts';
import { AgentError } from './errors.ts';
import { type KubernetesApi, kubernetesCall, unlessMissing } from './kubernetes-api.ts';
import type { Sessions } from './sessions.ts';

/** A session with every group of a large organisation is some 100 KB. */
const maxBodyBytes = 1024 * 1024;

const statusCodes: Partial<Record<string, number>> = {
  POSTERN_NOT_FOUND: 404,
  POSTERN_INPUT_INVALID: 400,
  POSTERN_SESSION_ENDED: 410,
  POSTERN_AGENT_KUBERNETES: 502,
};

export interface ControlDependencies {
  sessions: Pick<Sessions, 'announce' | 'end'>;
  api: Pick<KubernetesApi, 'version' | 'rbac' | 'insecureSkipTlsVerify'>;
  agentVersion: string;
  logger: Logger;
}

/** Serves the stream target `control` (see proxy-core/contract/agent.ts). Only the controller can open it. */
export function createControlServer(dependencies: ControlDependencies): Server {
  return createStreamServer((request, response) => {
    control(dependencies, request).then(
      (answer) => respond(response, answer === undefined ? 204 : 200, answer),
      (error: unknown) => {
        const code = (error instanceof PosternError && statusCodes[error.code]) || 500;
        if (code >= 500) dependencies.logger.warn({ err: error, url: request.url }, 'a control call failed');
        respond(response, code, toWireError(error));
      },
    );
  });
}

async function control(dependencies: ControlDependencies, request: IncomingMessage): Promise<unknown> {
  const { sessions, api } = dependencies;
  const [, collection, encodedName, ...rest] = new URL(request.url ?? '/', 'http://agent').pathname.split('/');
  const call = `${request.method} /${collection}${encodedName ? '/…' : ''}${rest.length > 0 ? '/…' : ''}`;
  const name = decode(encodedName ?? '');
  switch (call) {
    case 'PUT /sessions/…': {
      const parsed = agentSession.safeParse(await readJson(request));
      if (!parsed.success) throw new AgentError('POSTERN_INPUT_INVALID', parsed.error.message);
      if (parsed.data.id !== name) throw new AgentError('POSTERN_INPUT_INVALID', 'the session’s id is not the path’s');
      sessions.announce(parsed.data);
      return undefined;
    }
    case 'DELETE /sessions/…':
      await sessions.end(name);
      return undefined;
    case 'GET /cluster-roles/…':
      return clusterRole(api, name);
    case 'GET /status':
      return status(dependencies);
    default:
      throw new AgentError('POSTERN_NOT_FOUND', `the agent does not know ${call}`);
  }
}

async function clusterRole(api: ControlDependencies['api'], name: string): Promise<AgentClusterRole> {
  const found = await kubernetesCall(`read cluster role ${name}`, () =>
    unlessMissing(api.rbac.readClusterRole({ name })),
  );
  if (!found) throw new AgentError('POSTERN_NOT_FOUND', `the cluster has no cluster role "${name}"`);
  // A rule that policy cannot read allows nothing there; the others still count.
  const rules = (found.rules ?? []).flatMap((rule) => {
    const parsed = policyRule.safeParse(JSON.parse(JSON.stringify(rule)));
    return parsed.success ? [parsed.data] : [];
  });
  return { name, rules };
}

async function status({ api, agentVersion }: ControlDependencies): Promise<AgentStatus> {
  const known = { insecureSkipTlsVerify: api.insecureSkipTlsVerify, agentVersion };
  const askedAt = performance.now();
  try {
    const version = await api.version();
    return {
      ...known,
      kubernetesVersion: version.gitVersion,
      latencyMs: performance.now() - askedAt,
      emulated: /emulat/i.test(`${version.gitVersion} ${version.platform} ${version.gitCommit}`),
      problem: null,
    };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { ...known, kubernetesVersion: null, latencyMs: null, emulated: false, problem };
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBodyBytes) throw new AgentError('POSTERN_INPUT_INVALID', 'the body is too large');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw new AgentError('POSTERN_INPUT_INVALID', 'the body is not JSON', { cause });
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new AgentError('POSTERN_INPUT_INVALID', 'the path has broken percent-encoding', { cause });
  }
}

function respond(response: ServerResponse, code: number, body: unknown): void {
  if (response.destroyed) return;
  if (body === undefined) {
    response.writeHead(code).end();
    return;
  }
  const text = JSON.stringify(body);
  response.writeHead(code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
}
