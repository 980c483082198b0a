export { type CoreClient, connectToCore } from './core-client.ts';
export { CoreError } from './errors.ts';
export { type CoreFile, readCoreFile } from './lock.ts';
export { startCore } from './start-core.ts';
export type { Core, CoreOptions, CoreProcessEvent, CoreProcessRequest, MessagePortLike } from './types.ts';
export { version } from './version.ts';
