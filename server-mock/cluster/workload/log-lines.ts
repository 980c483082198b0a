import type { Container as ContainerSpec } from '../objects.ts';

/** In whose manner a container prints. */
export type LogVoice = 'web' | 'api' | 'worker' | 'redis' | 'postgres' | 'job' | 'crash' | 'plain';

const voices: [voice: LogVoice, pattern: RegExp][] = [
  ['redis', /redis|valkey/],
  ['postgres', /postgres/],
  ['web', /nginx|httpd|caddy|frontend|web|ingress/],
  ['worker', /worker|queue|consumer|mailer|cron|sync/],
  ['api', /api|server|backend|service|gateway|auth/],
];

/** Chosen by what the container and its image are called. */
export function voiceOf({ name, image }: Pick<ContainerSpec, 'name' | 'image'>): LogVoice {
  const called = `${name} ${image.split('/').at(-1)}`;
  return voices.find(([, pattern]) => pattern.test(called))?.[0] ?? 'plain';
}

/** What a line is made from. */
interface Moment {
  /** Milliseconds since the epoch. */
  time: number;
  /** In [0, 1). */
  random: () => number;
  /** Counts the lines of the run, from 0. */
  count: number;
}

/** What a container prints as it starts. */
export function firstLines(voice: LogVoice, name: string, { time }: Pick<Moment, 'time'>): string[] {
  switch (voice) {
    case 'web':
      return [
        '/docker-entrypoint.sh: Configuration complete; ready for start up',
        `${nginxTime(time)} [notice] 1#1: start worker processes`,
      ];
    case 'api':
      return [
        json(time, 'info', 'configuration loaded', { service: name }),
        json(time, 'info', 'listening', { port: 8080 }),
      ];
    case 'worker':
      return [`${iso(time)} INFO  ${name} connected to queue "default" (prefetch 10)`];
    case 'redis':
      return [`1:M ${redisTime(time)} * Ready to accept connections tcp`];
    case 'postgres':
      return [`${postgresTime(time)} [1] LOG:  database system is ready to accept connections`];
    case 'job':
      return [`${iso(time)} INFO  ${name} started`];
    case 'crash':
      return [
        `${iso(time)} INFO  ${name} starting`,
        `${iso(time)} INFO  reading configuration from /etc/${name}/config.yaml`,
      ];
    case 'plain':
      return [`${iso(time)} ${name} started`];
    default:
      return voice satisfies never;
  }
}

/** What it prints at its end, by itself or because it was stopped. */
export function lastLines(voice: LogVoice, name: string, { time }: Pick<Moment, 'time'>, exitCode: number): string[] {
  if (exitCode !== 0) {
    return [
      `${iso(time)} ERROR cannot connect to database: dial tcp 10.96.12.7:5432: connect: connection refused`,
      `${iso(time)} FATAL ${name} gives up after 3 attempts, exit status ${exitCode}`,
    ];
  }
  switch (voice) {
    case 'web':
      return [`${nginxTime(time)} [notice] 1#1: signal 15 (SIGTERM) received, exiting`];
    case 'api':
      return [json(time, 'info', 'SIGTERM received, draining connections', { service: name })];
    case 'redis':
      return [`1:signal-handler (${Math.floor(time / 1000)}) Received SIGTERM scheduling shutdown...`];
    case 'postgres':
      return [`${postgresTime(time)} [1] LOG:  received smart shutdown request`];
    case 'job':
      return [`${iso(time)} INFO  ${name} finished`];
    default:
      return [`${iso(time)} INFO  ${name} received SIGTERM, stopping`];
  }
}

/** What it prints in between. */
export function nextLine(voice: LogVoice, name: string, moment: Moment): string {
  const { time, random, count } = moment;
  const pick = <T>(choices: readonly [T, ...T[]]): T => choices[Math.floor(random() * choices.length)] ?? choices[0];
  const ms = Math.floor(3 + random() ** 4 * 900);
  switch (voice) {
    case 'web': {
      const status = random() < 0.94 ? 200 : pick([301, 404, 404, 499, 502]);
      const path = pick([
        '/',
        '/',
        '/index.html',
        '/assets/app.js',
        '/assets/app.css',
        '/api/cart',
        '/healthz',
        '/login',
      ]);
      const client = `10.244.${Math.floor(random() * 3)}.${Math.floor(2 + random() * 200)}`;
      const agent = path === '/healthz' ? 'kube-probe/1.33' : pick(['Mozilla/5.0 (X11; Linux x86_64)', 'curl/8.9.1']);
      const size = Math.floor(random() * 24_000);
      return `${client} - - [${accessTime(time)}] "GET ${path} HTTP/1.1" ${status} ${size} "-" "${agent}"`;
    }
    case 'api': {
      const status = random() < 0.95 ? 200 : pick([201, 400, 404, 500]);
      const method = pick(['GET', 'GET', 'GET', 'POST', 'PUT']);
      const path = pick(['/v1/orders', '/v1/orders/4711', '/v1/users/me', '/v1/search', '/v1/cart']);
      const level = status >= 500 ? 'error' : 'info';
      return json(time, level, 'request', { method, path, status, durationMs: ms, requestId: hex(random, 12) });
    }
    case 'worker': {
      const id = 10_000 + count * 7 + Math.floor(random() * 7);
      const task = pick(['send-mail', 'resize-image', 'invoice', 'sync-inventory']);
      return random() < 0.06
        ? `${iso(time)} WARN  job ${id} ${task} failed, retry in ${pick([5, 10, 30])}s: timeout after ${ms + 2_000}ms`
        : `${iso(time)} INFO  job ${id} ${task} done in ${ms}ms`;
    }
    case 'redis':
      return `1:M ${redisTime(time)} * ${pick(['100 changes in 300 seconds. Saving...', 'Background saving terminated with success', 'DB saved on disk'])}`;
    case 'postgres':
      return `${postgresTime(time)} [${27 + (count % 3)}] LOG:  ${pick(['checkpoint starting: time', `checkpoint complete: wrote ${ms} buffers`, `duration: ${ms}.112 ms  statement: SELECT * FROM orders WHERE customer_id = $1`])}`;
    case 'job':
      return `${iso(time)} INFO  processed batch ${count} (${Math.floor(200 + random() * 800)} records in ${ms}ms)`;
    case 'crash':
      return `${iso(time)} WARN  database not reachable yet, attempt ${1 + (count % 3)} of 3`;
    case 'plain':
      return `${iso(time)} ${name} ${pick(['heartbeat', 'tick', 'working', 'idle'])} ${count}`;
    default:
      return voice satisfies never;
  }
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function json(time: number, level: string, message: string, fields: object): string {
  return JSON.stringify({ time: iso(time), level, msg: message, ...fields });
}

function hex(random: () => number, digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function accessTime(time: number): string {
  const [date = '', clock = ''] = iso(time).split('T');
  const [year, month, day] = date.split('-');
  return `${day}/${months[Number(month) - 1]}/${year}:${clock.slice(0, 8)} +0000`;
}

function nginxTime(time: number): string {
  return iso(time).slice(0, 19).replaceAll('-', '/').replace('T', ' ');
}

function redisTime(time: number): string {
  const [date = '', clock = ''] = iso(time).split('T');
  const [year, month, day] = date.split('-');
  return `${day} ${months[Number(month) - 1]} ${year} ${clock.slice(0, 12)}`;
}

function postgresTime(time: number): string {
  return iso(time).replace('T', ' ').replace('Z', ' UTC');
}
