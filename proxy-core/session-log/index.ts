export { SessionLogError } from './errors.ts';
export { openSessionLog } from './open-session-log.ts';
export type { RequestEnd, RequestOrigin, SessionLog, SessionLogOptions, SessionQuery } from './types.ts';
