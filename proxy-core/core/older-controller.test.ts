import { expect, test } from 'vitest';
import { controllerClient } from './controller-client.ts';

test('a revocation that a controller of before answers is no failure, and warns of nothing', async () => {
  const answer = async () => Response.json({ endedSessions: 2 });
  const controller = controllerClient(answer, 'https://controller.example');
  expect(await controller.admin.revoke({ kind: 'user', name: 'bob@acme.example' })).toEqual({
    endedSessions: 2,
    isKnown: true,
  });
});
