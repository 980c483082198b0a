export { type Clock, systemClock } from '../../proxy-core/tunnel/index.ts';

export function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}
