const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `just now`, `4 min ago`, `in 8 h`, `3 days ago`: short enough for a table, exact enough to act on. */
export function relativeTime(then: Date, now: Date): string {
  const differenceMs = then.getTime() - now.getTime();
  const distanceMs = Math.abs(differenceMs);
  if (distanceMs < 10_000) return differenceMs > 5_000 ? 'in a moment' : 'just now';
  return differenceMs > 0 ? `in ${nearestDuration(distanceMs)}` : `${approximateDuration(distanceMs)} ago`;
}

/** A length of time in its largest unit: `42 s`, `4 min`, `7 h`, `3 days`. */
export function approximateDuration(lengthMs: number): string {
  if (lengthMs < minuteMs) return `${Math.max(1, Math.floor(lengthMs / 1000))} s`;
  if (lengthMs < hourMs) return `${Math.floor(lengthMs / minuteMs)} min`;
  if (lengthMs < 2 * dayMs) return `${Math.floor(lengthMs / hourMs)} h`;
  return `${Math.floor(lengthMs / dayMs)} days`;
}

/** To the nearest hour, not down: eight hours that began a second ago are still `8 h`. */
function nearestDuration(lengthMs: number): string {
  return approximateDuration(lengthMs < hourMs ? lengthMs : lengthMs + hourMs / 2);
}

// The language of the interface, not the browser's: one clock of 24 hours, and no German Monday beside "Yesterday".
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });

/** `23 Nov 2026, 14:03:27 CET` */
export function exactTime(time: Date): string {
  return exact.format(time);
}

/** `14:03:27`, for lists within one day. */
export function clockTime(time: Date): string {
  return clock.format(time);
}

/** `Today`, `Yesterday`, else the weekday and date: the heading of a group in a log. */
export function dayName(time: Date, now: Date): string {
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const daysAgo = Math.round((midnight(now) - midnight(time)) / dayMs);
  if (daysAgo === 0) return 'Today';
  if (daysAgo === 1) return 'Yesterday';
  return day.format(time);
}
