import { type Figures, measureBody, measureRequests, median, type Target } from './load.ts';

const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const seconds = Number(process.env.BENCH_SECONDS ?? 5);
const warmUpSeconds = 15;
const warmUpBodies = 15;
/** In each round. The first of them pay for what the requests before them left in the heaps. */
const bodies = 7;

/** What is asked of every target. */
export interface Paths {
  /** Answered in about a kilobyte. */
  small: string;
  /** Answered in 67 MB. */
  large: string;
}

interface Row {
  name: string;
  p50AloneMs: number;
  requestsPerSecond: number;
  p99BusyMs: number;
  bodyMbPerSecond: number;
  errors: number;
}

/** Measures each target in turn, several rounds of it, and prints a table of medians with the ratios that count. */
export async function measure(title: string, targets: readonly Target[], paths: Paths): Promise<void> {
  const measured = targets.map((target) => ({
    target,
    alone: [] as Figures[],
    busy: [] as Figures[],
    body: [] as number[],
  }));
  for (let round = 0; round < rounds; round += 1) {
    for (const { target, alone, busy, body } of measured) {
      process.stderr.write(`${title}, round ${round + 1} of ${rounds}: ${target.name}\n`);
      await warmUp(target, paths, round);
      alone.push(await measureRequests(target, paths.small, { connections: 1, seconds }));
      busy.push(await measureRequests(target, paths.small, { connections: 32, seconds }));
      for (let count = 0; count < bodies; count += 1) body.push(await measureBody(target, paths.large));
    }
  }
  const rows = measured.map(({ target, alone, busy, body }) => ({
    name: target.name,
    p50AloneMs: median(alone.map((figures) => figures.p50Ms)),
    requestsPerSecond: median(busy.map((figures) => figures.requestsPerSecond)),
    p99BusyMs: median(busy.map((figures) => figures.p99Ms)),
    bodyMbPerSecond: median(body),
    errors: [...alone, ...busy].reduce((sum, figures) => sum + figures.errors, 0),
  }));
  process.stdout.write(`${title}: medians of ${rounds} rounds, ${seconds} s each\n${table(rows)}\n`);
}

/** Sessions open, connections are made, and code is compiled as it is in a process that has run for a minute. */
async function warmUp(target: Target, paths: Paths, round: number): Promise<void> {
  await measureRequests(target, paths.small, { connections: 32, seconds: round === 0 ? warmUpSeconds : 1 });
  for (let count = 0; round === 0 && count < warmUpBodies; count += 1) await measureBody(target, paths.large);
}

function table(rows: readonly Row[]): string {
  const line = (...cells: (string | number)[]) =>
    cells.map((cell, index) => (index === 0 ? String(cell).padEnd(16) : String(cell).padStart(16))).join('');
  const lines = [
    line('', 'p50 alone ms', 'requests/s @32', 'p99 @32 ms', '67 MB body MB/s', 'errors'),
    ...rows.map((row) =>
      line(
        row.name,
        row.p50AloneMs.toFixed(2),
        row.requestsPerSecond.toFixed(0),
        row.p99BusyMs.toFixed(2),
        row.bodyMbPerSecond.toFixed(0),
        row.errors,
      ),
    ),
  ];
  const chain = rows.find((row) => row.name === 'nginx chain');
  const ours = rows.find((row) => row.name === 'Postern');
  if (chain && ours) {
    const ratio = (left: number, right: number) => (left / right).toFixed(2);
    lines.push(
      `Postern to the nginx chain: ${ratio(ours.requestsPerSecond, chain.requestsPerSecond)} of its requests/s, ${ratio(ours.bodyMbPerSecond, chain.bodyMbPerSecond)} of its throughput, ${ratio(ours.p50AloneMs, chain.p50AloneMs)} of its p50 alone`,
    );
  }
  return lines.join('\n');
}
