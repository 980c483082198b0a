import type { Selectable } from 'kysely';
import type { Store } from './open.ts';
import type { DeviceTable, PersonTable } from './tables.ts';

export type DeviceRow = Selectable<DeviceTable>;
export type PersonRow = Omit<Selectable<PersonTable>, 'groups'> & { groups: string[] };

export async function findDevice(
  store: Store,
  by: { id: string } | { keyThumbprint: string },
): Promise<DeviceRow | undefined> {
  const select = store.selectFrom('device').selectAll();
  return 'id' in by
    ? select.where('id', '=', by.id).executeTakeFirst()
    : select.where('key_thumbprint', '=', by.keyThumbprint).executeTakeFirst();
}

export async function findPerson(store: Store, name: string): Promise<PersonRow | undefined> {
  const row = await store.selectFrom('person').selectAll().where('name', '=', name).executeTakeFirst();
  return row && { ...row, groups: JSON.parse(row.groups) as string[] };
}

/**
 * Writes a sign-in or renewal: the person as the identity provider describes them now, and the device. One that was signed
 * out meanwhile stays signed out; those of others who had the person's name before are.
 */
export async function writeCertifiedDevice(store: Store, person: PersonRow, device: DeviceRow): Promise<void> {
  await store.transaction().execute(async (transaction) => {
    const row = { ...person, groups: JSON.stringify(person.groups) };
    await transaction
      .insertInto('person')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
      .execute();
    await transaction
      .updateTable('device')
      .set({ signed_out_at: device.certified_at })
      .where('person', '=', person.name)
      .where('subject', '!=', person.subject)
      .where('signed_out_at', 'is', null)
      .execute();
    const { signed_out_at: _, ...renewed } = device;
    await transaction
      .insertInto('device')
      .values(device)
      .onConflict((conflict) => conflict.column('id').doUpdateSet(renewed))
      .execute();
  });
}

export async function writeDeviceSignedOut(store: Store, id: string, at: string): Promise<void> {
  await store.updateTable('device').set({ signed_out_at: at }).where('id', '=', id).execute();
}
