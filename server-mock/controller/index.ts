import type { Logger } from 'pino';
import type { AdminResult } from './api/admin.ts';
import type { Clock } from './clock.ts';
import type { ControllerConfigInput } from './config.ts';

export { type ControllerConfig, type ControllerConfigInput, parseControllerConfig } from './config.ts';

/** What a controller takes from outside; every part has a real default. */
export interface ControllerDependencies {
  clock?: Clock;
  logger?: Logger;
  /** Used for the identity provider's discovery document and keys. */
  fetch?: typeof fetch;
}

export interface RunningController {
  /** With the pin of its CA: `https://host:port#ca=sha256:…`. */
  url: string;
  /** `host:port` of the listener. */
  address: string;
  /** Registers a cluster, and makes the bootstrap YAML of its agent with a single-use join token. */
  importCluster(name: string, labels?: Record<string, string>): Promise<{ joinToken: string; yaml: string }>;
  /** Creates or updates policy documents, all or none. @throws {GatewayError} `POSTERN_POLICY_INVALID` */
  applyPolicy(yaml: string, by: string): Promise<AdminResult<'apply'>>;
  /** Ordered: stops accepting, ends long streams with a proper terminator, writes out the audit queue, closes. Idempotent. */
  close(): Promise<void>;
}

export declare function startController(
  config: ControllerConfigInput,
  dependencies?: ControllerDependencies,
): Promise<RunningController>;
