import { X509Certificate } from 'node:crypto';
import type { AccessState, RequestOwner, Upstream } from '../proxy/index.ts';
import type { UpstreamPool } from '../tunnel/index.ts';
import { resolveRole } from './offered-clusters.ts';
import type { Organisation } from './organisation.ts';

interface AccessOptions {
  pool: UpstreamPool;
  organisation(): Organisation | undefined;
  onChange(listener: () => void): () => void;
  deviceName: string;
}

/** What the local proxy asks of the rest, per request and from memory. */
export function upstreamAccess({ pool, organisation, onChange, deviceName }: AccessOptions): Upstream {
  let ownerOf: { certificate: string; deviceId: string } | undefined;
  return {
    pool,
    state: () => accessState(organisation()),
    onState: onChange,
    resolveRole(cluster, role) {
      const current = organisation();
      if (!current) return { kind: 'cluster-unknown' };
      return resolveRole(current.clusters, cluster, role, current.live);
    },
    owner(): RequestOwner | undefined {
      const identity = organisation()?.identity;
      const certificate = identity?.credentials()?.certificate;
      if (identity?.state.kind !== 'signed-in' || certificate === undefined) return undefined;
      // Parsing takes longer than all the rest of a request's way through the proxy.
      if (ownerOf?.certificate !== certificate) ownerOf = { certificate, deviceId: deviceIdOf(certificate) };
      const { name, groups } = identity.state.user;
      return { user: name, groups, device: { id: ownerOf.deviceId, name: deviceName } };
    },
  };
}

const open: AccessState = { kind: 'open' };

export function accessState(organisation: Organisation | undefined): AccessState {
  if (!organisation) return { kind: 'signed-out' };
  const { state } = organisation.identity;
  switch (state.kind) {
    case 'signed-in': {
      if (organisation.isConnected) return open;
      const { connection } = organisation;
      return { kind: 'connecting', problem: connection.kind === 'waiting' ? connection.problem.message : null };
    }
    case 'signing-in':
      return { kind: 'sign-in-needed' };
    case 'signed-out':
      if (state.problem?.code === 'POSTERN_SESSION_REVOKED') return { kind: 'revoked', message: state.problem.message };
      // With a problem it is a sign-in that lapsed, or failed: the person wants to be in.
      return organisation.restoring || state.problem ? { kind: 'sign-in-needed' } : { kind: 'signed-out' };
    default:
      return state satisfies never;
  }
}

/** The device as its certificate names it: `URI:postern://device/<id>`. */
export function deviceIdOf(certificate: string): string {
  const names = new X509Certificate(certificate).subjectAltName ?? '';
  return /URI:"?postern:\/\/device\/([^",\s]+)/.exec(names)?.[1] ?? '';
}
