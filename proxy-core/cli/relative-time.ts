const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** As kubectl prints ages: `42s`, `5m`, `3h`, `2d`; two units where the first is small: `1h20m`. */
export function length(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  const first = units.findIndex(([, size]) => seconds >= size);
  const [unit, size] = units[first] ?? ['s', 1];
  const count = Math.floor(seconds / size);
  const next = units[first + 1];
  const rest = next && count < 10 ? Math.floor((seconds % size) / next[1]) : 0;
  return `${count}${unit}${next && rest > 0 ? `${rest}${next[0]}` : ''}`;
}

/** `5m ago`, `in 2h`. */
export function relative(time: string, now: number): string {
  const distance = Date.parse(time) - now;
  return distance > 0 ? `in ${length(distance)}` : `${length(-distance)} ago`;
}
