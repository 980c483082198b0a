import { createHash, randomBytes } from 'node:crypto';
import { v4 as uuidv4 } from 'uuid';
import { durationMs } from '../../../proxy-core/contract/duration.ts';
import type { CertificateAuthority } from '../certificates/authority.ts';
import { agentUri } from '../certificates/peer.ts';
import { type CertificateRequest, readCertificateRequest } from '../certificates/request.ts';
import { type Clock, timestamp } from '../clock.ts';
import type { ControllerConfig } from '../config.ts';
import { ControllerError } from '../errors.ts';
import {
  type AgentRow,
  findAgent,
  takeJoinToken,
  writeAgent,
  writeAgentRenewal,
  writeJoinToken,
} from '../store/agents.ts';
import type { Store } from '../store/open.ts';

export interface EnrolmentDependencies {
  store: Store;
  authority: Pick<CertificateAuthority, 'issueClient'>;
  /** Whether a cluster is (still) registered. */
  isRegistered(cluster: string): boolean;
  config: Pick<ControllerConfig, 'agentCertificate'>;
  clock: Clock;
}

export interface AgentCertificate {
  certificate: string;
  expiresAt: string;
  cluster: string;
}

const joinTokenLifetimeMs = 24 * 3_600_000;

/** Makes a single-use join token. Only its hash is kept. */
export async function createJoinToken(
  cluster: string,
  by: string,
  { store, clock }: Pick<EnrolmentDependencies, 'store' | 'clock'>,
): Promise<{ joinToken: string; expiresAt: string }> {
  const joinToken = `postern-join-${randomBytes(32).toString('base64url')}`;
  const expiresAt = timestamp(clock.now() + joinTokenLifetimeMs);
  await writeJoinToken(store, {
    hash: hashOf(joinToken),
    cluster,
    created_at: timestamp(clock.now()),
    created_by: by,
    expires_at: expiresAt,
  });
  return { joinToken, expiresAt };
}

/**
 * Exchanges a join token for an agent's first certificate. The request is read first: a bad one does not use the token up.
 *
 * @throws {ControllerError} `POSTERN_JOIN_TOKEN_REFUSED`, `POSTERN_CERTIFICATE_REQUEST_REFUSED`
 */
export async function joinAgent(
  input: { joinToken: string; certificateRequest: string },
  dependencies: EnrolmentDependencies,
): Promise<AgentCertificate> {
  const { store, clock } = dependencies;
  const request = await readCertificateRequest(input.certificateRequest);
  const now = timestamp(clock.now());
  const token = await takeJoinToken(store, hashOf(input.joinToken), now);
  if (!token || !dependencies.isRegistered(token.cluster)) {
    throw new ControllerError('POSTERN_JOIN_TOKEN_REFUSED', 'the join token is unknown, used or expired', {
      hint: 'import the cluster again for a new one',
    });
  }
  const agent = { id: uuidv4(), cluster: token.cluster };
  const issued = await certify(request, agent, dependencies);
  await writeAgent(store, {
    ...agent,
    joined_at: now,
    key_thumbprint: request.keyThumbprint,
    certificate_expires_at: issued.expiresAt,
    removed_at: null,
  });
  return issued;
}

/**
 * Exchanges an agent's present certificate for the next.
 *
 * @param caller whose certificate began the connection that the call came on: since then it may have been removed
 * @throws {ControllerError} `POSTERN_CERTIFICATE_REQUEST_REFUSED`, and as {@link admitAgent}
 */
export async function renewAgent(
  caller: Pick<AgentRow, 'id' | 'cluster'>,
  certificateRequest: string,
  dependencies: EnrolmentDependencies,
): Promise<AgentCertificate> {
  const { store } = dependencies;
  const request = await readCertificateRequest(certificateRequest);
  const agent = await admitAgent({ agentId: caller.id, cluster: caller.cluster }, dependencies);
  const issued = await certify(request, agent, dependencies);
  const isWritten = await writeAgentRenewal(store, {
    id: agent.id,
    key_thumbprint: request.keyThumbprint,
    certificate_expires_at: issued.expiresAt,
  });
  if (!isWritten) throw removed(agent.cluster);
  return issued;
}

/**
 * The agent that a certificate names, if it may still connect.
 *
 * @throws {ControllerError} `POSTERN_JOIN_TOKEN_REFUSED` where the agent or its cluster was removed
 */
export async function admitAgent(
  holder: { agentId: string; cluster: string },
  { store, isRegistered }: Pick<EnrolmentDependencies, 'store' | 'isRegistered'>,
): Promise<AgentRow> {
  const agent = await findAgent(store, holder.agentId);
  if (!agent || agent.removed_at !== null || agent.cluster !== holder.cluster || !isRegistered(agent.cluster)) {
    throw removed(holder.cluster);
  }
  return agent;
}

function removed(cluster: string): ControllerError {
  return new ControllerError(
    'POSTERN_JOIN_TOKEN_REFUSED',
    `the cluster ${cluster} was removed, or this agent with it`,
    { hint: 'import the cluster again' },
  );
}

async function certify(
  request: CertificateRequest,
  agent: Pick<AgentRow, 'id' | 'cluster'>,
  { authority, config }: EnrolmentDependencies,
): Promise<AgentCertificate> {
  const issued = await authority.issueClient(request.publicKey, {
    commonName: `agent of ${agent.cluster}`,
    uri: agentUri(agent.cluster, agent.id),
    lifetimeMs: durationMs(config.agentCertificate.lifetime),
  });
  return { certificate: issued.certificate, expiresAt: timestamp(issued.expiresAtMs), cluster: agent.cluster };
}

function hashOf(joinToken: string): string {
  return createHash('sha256').update(joinToken).digest('hex');
}
