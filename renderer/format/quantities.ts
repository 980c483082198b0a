const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB'];

/** `812 B`, `1.4 KB`, `20 MB`; decimal units, as in the figures of the design. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${byteUnits[unit]}`;
}

/** `<0.1 ms`, `0.4 ms`, `38 ms`, `2.1 s`, `4 min 12 s`. */
export function duration(lengthMs: number): string {
  if (lengthMs < 0.05) return '<0.1 ms';
  if (lengthMs < 10) return `${lengthMs.toFixed(1)} ms`;
  if (lengthMs < 1000) return `${Math.round(lengthMs)} ms`;
  if (lengthMs < 60_000) return `${(lengthMs / 1000).toFixed(1)} s`;
  const seconds = Math.floor(lengthMs / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1 request`, `3 requests`. */
export function count(amount: number, singular: string, plural = `${singular}s`): string {
  return `${amount.toLocaleString('en')} ${amount === 1 ? singular : plural}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: string[]): string {
  if (parts.length < 2) return parts[0] ?? '';
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
