import type { User } from '../../../proxy-core/contract/controller.ts';

export const alice: User = {
  name: 'alice@acme.example',
  displayName: 'Alice Archer',
  groups: ['platform-admins', 'developers'],
  isAdministrator: true,
};

export const device = { id: '5d0c6a4e9b1f', name: 'alice-laptop' };

/** A UUIDv7-shaped id that is the same in every run. */
export function fakeId(kind: number, index: number): string {
  const tail = index.toString(16).padStart(12, '0');
  return `0192f4c0-${kind.toString(16).padStart(4, '0')}-7000-8000-${tail}`;
}

/** Park–Miller: the same believable numbers in every run. */
export function randomFrom(seed: number): () => number {
  let value = seed % 2147483647;
  return () => {
    value = (value * 48271) % 2147483647;
    return value / 2147483647;
  };
}
