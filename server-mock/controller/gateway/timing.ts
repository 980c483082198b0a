/** The entries of a timing header (`Server-Timing` syntax): `agent;dur=3.1, gateway;dur=1.2`. What cannot be read is left out. */
export function readTiming(header: string | undefined): Record<string, number> {
  const hops: Record<string, number> = {};
  for (const entry of (header ?? '').slice(0, 1_000).split(',')) {
    const match = /^\s*([a-z][a-z0-9-]{0,31});dur=([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*$/.exec(entry);
    if (match) hops[match[1]!] = Number(match[2]);
  }
  return hops;
}

export function writeTiming(hops: Record<string, number>): string {
  let text = '';
  for (const hop in hops) text += `${text === '' ? '' : ', '}${hop};dur=${roundMs(hops[hop]!)}`;
  return text;
}

/** To microseconds. */
export function roundMs(ms: number): number {
  return Math.max(0, Math.round(ms * 1_000) / 1_000);
}
