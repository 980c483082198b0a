import { createORPCClient, ORPCError } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import { OpenAPILink } from '@orpc/openapi-client/fetch';
import { type ControllerContract, controllerContract } from '../../proxy-core/contract/controller.ts';
import { fromWireError, isErrorCode, PosternError } from '../../proxy-core/contract/errors.ts';
import {
  controllerHttpsAgent,
  type DiscoveredController,
  type Environment,
  fetchOver,
} from '../../proxy-core/tunnel/index.ts';
import { AgentError } from './errors.ts';

const callTimeoutMs = 15_000;

export interface IssuedCertificate {
  certificate: string;
  expiresAt: string;
  cluster: string;
  replicas: string[];
}

/**
 * Exchanges a join token for the agent's first certificate.
 *
 * @throws {PosternError} what the controller answers, such as `POSTERN_JOIN_TOKEN_REFUSED`
 * @throws {AgentError} `POSTERN_CONTROLLER_UNREACHABLE` where it does not answer
 */
export function join(
  controller: DiscoveredController,
  input: { joinToken: string; certificateRequest: string },
  environment: Environment | undefined,
): Promise<IssuedCertificate> {
  return call(controller, { environment }, (client, options) => client.agents.join(input, options));
}

/** Exchanges the present certificate for the next. Throws as {@link join}. */
export function renew(
  controller: DiscoveredController,
  present: { key: string; certificate: string },
  certificateRequest: string,
  environment: Environment | undefined,
): Promise<IssuedCertificate> {
  const { key, certificate } = present;
  return call(controller, { key, certificate, environment }, (client, options) =>
    client.agents.renew({ certificateRequest }, options),
  );
}

async function call<Result>(
  { origin, httpsCa }: DiscoveredController,
  credentials: { key?: string; certificate?: string; environment: Environment | undefined },
  action: (client: ContractRouterClient<ControllerContract>, options: { signal: AbortSignal }) => Promise<Result>,
): Promise<Result> {
  const agent = controllerHttpsAgent({ ...credentials, ca: httpsCa });
  const link = new OpenAPILink(controllerContract, { url: origin, fetch: fetchOver(agent, origin) });
  const client: ContractRouterClient<ControllerContract> = createORPCClient(link);
  try {
    return await action(client, { signal: AbortSignal.timeout(callTimeoutMs) });
  } catch (cause) {
    throw translate(origin, cause);
  } finally {
    agent.destroy();
  }
}

function translate(origin: string, cause: unknown): PosternError {
  if (cause instanceof PosternError) return cause;
  if (cause instanceof ORPCError) {
    const data: unknown = cause.data;
    const code = (data as { code?: unknown } | null | undefined)?.code;
    if (isErrorCode(code)) return fromWireError(data);
    if (isErrorCode(cause.code)) return fromWireError({ code: cause.code, message: cause.message });
    return new AgentError('POSTERN_INTERNAL', `the controller answered ${cause.status}: ${cause.message}`, { cause });
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AgentError('POSTERN_CONTROLLER_UNREACHABLE', `${origin} does not answer: ${why}`, { cause });
}
