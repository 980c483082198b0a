import type { SessionEndReason } from '../../../proxy-core/contract/sessions.ts';

/** Why a session ended, as a person would say it. */
export function endReason(reason: SessionEndReason | null): string {
  switch (reason) {
    case 'disconnected':
      return 'disconnected';
    case 'idle':
      return 'idle for too long';
    case 'expired':
      return 'reached its maximum time';
    case 'revoked':
      return 'revoked by an administrator';
    case 'signed-out':
      return 'signed out';
    case 'entitlement-removed':
      return 'the grant was removed';
    case 'agent-lost':
      return 'the cluster’s agent was lost';
    case 'controller-stopped':
      return 'the controller stopped';
    case null:
      return 'ended';
    default:
      return reason satisfies never;
  }
}
