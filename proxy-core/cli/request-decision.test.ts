import { expect, test } from 'vitest';
import { requestDecision } from './request-decision.ts';

const allowed = { decision: 'allowed', grant: 'developers-edit-dev', reason: null } as const;

test('a decision names its grant or its reason, and an elevation the role that it left', () => {
  expect(requestDecision(allowed)).toBe('developers-edit-dev');
  expect(requestDecision({ ...allowed, elevatedFrom: 'viewer' })).toBe('developers-edit-dev (elevated from viewer)');
  expect(requestDecision({ decision: 'denied', grant: null, reason: 'no grant allows it' })).toBe(
    'denied: no grant allows it',
  );
});
