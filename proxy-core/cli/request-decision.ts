import type { AuditEvent } from '../contract/sessions.ts';

/** By which grant a request was allowed, or why it was not; with the role that `--as` left, if it did. */
export function requestDecision({
  decision,
  grant,
  reason,
  elevatedFrom,
}: Pick<AuditEvent, 'decision' | 'grant' | 'reason' | 'elevatedFrom'>): string {
  const answer = decision === 'allowed' ? (grant ?? '') : `${decision}: ${reason ?? ''}`;
  return elevatedFrom ? `${answer} (elevated from ${elevatedFrom})` : answer;
}
