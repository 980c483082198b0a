import type { ServiceAccountTokens } from '../authentication/service-account-tokens.ts';
import type { RbacAuthorizer } from '../authorization/rbac-authorizer.ts';
import type { Clock } from '../clock.ts';
import type { SchemaCatalog } from '../openapi/schema-catalog.ts';
import type { Registry } from '../resources/registry.ts';
import type { ObjectStore } from '../store.ts';
import type { StreamingHandlers, UserInfo } from '../streaming-types.ts';
import type { ObjectDeletion } from './deletion.ts';
import type { ObjectWriter } from './write.ts';

/** What the handlers of the emulated API server work with. */
export interface ApiContext {
  clusterName: string;
  store: ObjectStore;
  registry: Registry;
  clock: Clock;
  random: () => number;
  authorizer: RbacAuthorizer;
  tokens: ServiceAccountTokens;
  writer: ObjectWriter;
  deletion: ObjectDeletion;
  schemas: SchemaCatalog;
  streaming: StreamingHandlers;
  /** Aborts when the server closes: watches end with a terminator then. */
  closing: AbortSignal;
}

/** Who writes, and how. */
export interface WriteOptions {
  user: UserInfo;
  dryRun: boolean;
}
