import { expect, test } from 'vitest';
import { uuidv7 } from './uuid.ts';

test('ids are UUIDs of version 7, each another, in the order of their making', () => {
  const ids = Array.from({ length: 5000 }, () => uuidv7());
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
});

test('an id tells when it was made', () => {
  const before = Date.now();
  const made = Number.parseInt(uuidv7().replaceAll('-', '').slice(0, 12), 16);
  expect(made).toBeGreaterThanOrEqual(before);
  expect(made).toBeLessThanOrEqual(Date.now());
});
