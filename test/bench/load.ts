import { run } from '../support/processes.ts';

export interface Target {
  name: string;
  /** With the path's prefix, without a trailing slash. */
  url: string;
  token?: string;
}

export interface Figures {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  errors: number;
}

/** Small GETs with wrk, one thread, over keep-alive connections. */
export async function measureRequests(
  target: Target,
  path: string,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Figures> {
  const headers = target.token ? ['-H', `Authorization: Bearer ${target.token}`] : [];
  const { exitCode, stdout, stderr } = await run(
    'wrk',
    ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', ...headers, `${target.url}${path}`],
    {
      timeoutMs: (seconds + 30) * 1000,
    },
  );
  if (exitCode !== 0) throw new Error(`wrk against ${target.name}: ${stdout}${stderr}`);
  const errors = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p50Ms: milliseconds(/50%\s+([\d.]+\w+)/.exec(stdout)?.[1]),
    p99Ms: milliseconds(/99%\s+([\d.]+\w+)/.exec(stdout)?.[1]),
    errors,
  };
}

/** One large body with curl. @returns MB/s */
export async function measureBody(target: Target, path: string): Promise<number> {
  const headers = target.token ? ['-H', `Authorization: Bearer ${target.token}`] : [];
  const { exitCode, stdout, stderr } = await run(
    'curl',
    [
      '-sk',
      '--http1.1',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code} %{size_download} %{time_total} %{time_starttransfer}',
      ...headers,
      `${target.url}${path}`,
    ],
    {
      timeoutMs: 120_000,
    },
  );
  const [status, bytes = 0, total = 0] = stdout.split(' ').map(Number);
  if (exitCode !== 0 || status !== 200) throw new Error(`curl against ${target.name}: status ${status} ${stderr}`);
  return bytes / 1e6 / total;
}

function milliseconds(text: string | undefined): number {
  const match = /^([\d.]+)(us|ms|s)$/.exec(text ?? '');
  if (!match) return Number.NaN;
  return Number(match[1]) * { us: 0.001, ms: 1, s: 1000 }[match[2] as 'us' | 'ms' | 's'];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
