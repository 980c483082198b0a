import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { ControllerError } from '../errors.ts';
import type { Tables } from './tables.ts';

/** Run in the order of their names. One that has been released is never changed: the next one is added. */
const migrations: Record<string, Migration> = {
  '0001-begin': {
    async up(db: Kysely<unknown>) {
      const { schema } = db;
      await schema
        .createTable('policy_document')
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('version', 'integer', (c) => c.notNull())
        .addColumn('document', 'text', (c) => c.notNull())
        .addColumn('updated_at', 'text', (c) => c.notNull())
        .addColumn('updated_by', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('policy_document_key', ['kind', 'name'])
        .execute();
      await schema
        .createTable('policy_change')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('version', 'integer', (c) => c.notNull())
        .addColumn('change', 'text', (c) => c.notNull())
        .addColumn('document', 'text')
        .addColumn('changed_at', 'text', (c) => c.notNull())
        .addColumn('changed_by', 'text', (c) => c.notNull())
        .execute();
      await schema
        .createTable('cluster')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('status', 'text', (c) => c.notNull())
        .addColumn('seen_at', 'text', (c) => c.notNull())
        .execute();
      await schema
        .createTable('agent')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('cluster', 'text', (c) => c.notNull())
        .addColumn('key_thumbprint', 'text', (c) => c.notNull())
        .addColumn('joined_at', 'text', (c) => c.notNull())
        .addColumn('certificate_expires_at', 'text', (c) => c.notNull())
        .addColumn('removed_at', 'text')
        .execute();
      await schema
        .createTable('join_token')
        .addColumn('hash', 'text', (c) => c.primaryKey())
        .addColumn('cluster', 'text', (c) => c.notNull())
        .addColumn('created_at', 'text', (c) => c.notNull())
        .addColumn('created_by', 'text', (c) => c.notNull())
        .addColumn('expires_at', 'text', (c) => c.notNull())
        .addColumn('used_at', 'text')
        .execute();
      await schema
        .createTable('person')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('issuer', 'text', (c) => c.notNull())
        .addColumn('subject', 'text', (c) => c.notNull())
        .addColumn('display_name', 'text', (c) => c.notNull())
        .addColumn('groups', 'text', (c) => c.notNull())
        .addColumn('groups_as_of', 'text', (c) => c.notNull())
        .execute();
      await schema
        .createTable('device')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('person', 'text', (c) => c.notNull())
        .addColumn('subject', 'text', (c) => c.notNull())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('key_thumbprint', 'text', (c) => c.notNull().unique())
        .addColumn('created_at', 'text', (c) => c.notNull())
        .addColumn('certified_at', 'text', (c) => c.notNull())
        .addColumn('certificate_expires_at', 'text', (c) => c.notNull())
        .addColumn('id_token_issued_at', 'text', (c) => c.notNull())
        .addColumn('signed_out_at', 'text')
        .execute();
      await schema.createIndex('device_by_person').on('device').column('person').execute();
      await schema
        .createTable('session')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('person', 'text', (c) => c.notNull())
        .addColumn('device_id', 'text', (c) => c.notNull())
        .addColumn('device_name', 'text', (c) => c.notNull())
        .addColumn('source_address', 'text', (c) => c.notNull())
        .addColumn('cluster', 'text', (c) => c.notNull())
        .addColumn('role', 'text', (c) => c.notNull())
        .addColumn('grant_name', 'text', (c) => c.notNull())
        .addColumn('reason', 'text')
        .addColumn('started_at', 'text', (c) => c.notNull())
        .addColumn('last_active_at', 'text', (c) => c.notNull())
        .addColumn('ended_at', 'text')
        .addColumn('end_reason', 'text')
        .addColumn('expires_at', 'text')
        .addColumn('request_count', 'integer', (c) => c.notNull())
        .addColumn('denied_count', 'integer', (c) => c.notNull())
        .addColumn('bytes_in', 'bigint', (c) => c.notNull())
        .addColumn('bytes_out', 'bigint', (c) => c.notNull())
        .execute();
      await schema.createIndex('session_by_person').on('session').columns(['person', 'started_at']).execute();
      await schema.createIndex('session_by_time').on('session').columns(['started_at', 'id']).execute();
      await schema.createIndex('session_by_end').on('session').column('ended_at').execute();
      await schema
        .createTable('audit_event')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('audit_id', 'text', (c) => c.notNull())
        .addColumn('session_id', 'text')
        .addColumn('started_at', 'text', (c) => c.notNull())
        .addColumn('completed_at', 'text')
        .addColumn('person', 'text', (c) => c.notNull())
        .addColumn('cluster', 'text', (c) => c.notNull())
        .addColumn('decision', 'text', (c) => c.notNull())
        .addColumn('event', 'text', (c) => c.notNull())
        .execute();
      await schema.createIndex('audit_event_by_time').on('audit_event').columns(['started_at', 'id']).execute();
      await schema
        .createIndex('audit_event_by_session')
        .on('audit_event')
        .columns(['session_id', 'started_at', 'id'])
        .execute();
      await schema
        .createIndex('audit_event_running')
        .on('audit_event')
        .column('id')
        .where(sql<boolean>`completed_at is null`)
        .execute();
      await schema
        .createTable('revocation')
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('created_at', 'text', (c) => c.notNull())
        .addColumn('created_by', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('revocation_key', ['kind', 'name'])
        .execute();
    },
  },
};

/** @throws {ControllerError} `POSTERN_STORE_FAILED`, also for a store that a newer controller has migrated further */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  if (error instanceof ControllerError) throw error;
  // To Kysely, a migration that only a newer controller has looks like a lost one.
  const unknown = error instanceof Error ? /previously executed migration (\S+) is missing/.exec(error.message) : null;
  if (unknown) {
    throw new ControllerError('POSTERN_STORE_FAILED', `a newer controller has used the store (${unknown[1]})`, {
      cause: error,
      hint: 'run that version again, or restore the data folder from a backup of before',
    });
  }
  throw new ControllerError(
    'POSTERN_STORE_FAILED',
    `the store cannot be brought up to date: ${error instanceof Error ? error.message : String(error)}`,
    { cause: error },
  );
}
