import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Running, start } from '../support/processes.ts';

export interface NginxServer {
  port: number;
  stop(): Promise<unknown>;
}

/** What one nginx of the chain, or the front of the API server, serves. */
export interface NginxSite {
  name: string;
  port: number;
  certificate: string;
  key: string;
  /** The lines of `server { … }` after the TLS part. */
  server: string;
  /** Lines before it, such as `upstream`. */
  http?: string;
}

/** One nginx process with one worker, as each hop of Postern is one process. */
export async function startNginx(folder: string, site: NginxSite): Promise<NginxServer> {
  const home = join(folder, site.name);
  await mkdir(home, { recursive: true });
  const file = join(home, 'nginx.conf');
  await writeFile(
    file,
    `daemon off; master_process off; worker_processes 1; pid ${home}/pid; error_log stderr warn;
events { worker_connections 4096; }
http {
  access_log off; server_tokens off; sendfile on; tcp_nopush on; tcp_nodelay on;
  keepalive_requests 1000000; keepalive_timeout 600s;
  client_body_temp_path ${home}/body; proxy_temp_path ${home}/proxy; fastcgi_temp_path ${home}/fastcgi; uwsgi_temp_path ${home}/uwsgi; scgi_temp_path ${home}/scgi;
  ${site.http ?? ''}
  server {
    listen 127.0.0.1:${site.port} ssl;
    ssl_protocols TLSv1.3; ssl_certificate ${site.certificate}; ssl_certificate_key ${site.key};
    ${site.server}
  }
}
`,
  );
  const nginx: Running = start('nginx', ['-c', file, '-p', home, '-e', 'stderr']);
  await untilAnswers(site.port, nginx);
  return { port: site.port, stop: () => nginx.stop('SIGTERM') };
}

async function untilAnswers(port: number, nginx: Running): Promise<void> {
  const { connect } = await import('node:net');
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (nginx.process.exitCode !== null) throw new Error(`nginx ended: ${nginx.stderr()}`);
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`nginx does not listen on ${port}: ${nginx.stderr()}`);
}

/**
 * One nginx hop to the next, as nginx comes but for connections kept open.
 *
 * With `responses: 'streamed'`, as it has to be in front of a Kubernetes API: buffered, as it comes, nginx keeps a watch's
 * events (and even its head) back until a buffer is full or the watch over.
 */
export function proxyTo(target: string, responses: 'streamed' | 'buffered'): string {
  const buffering =
    responses === 'streamed'
      ? 'proxy_buffering off; proxy_request_buffering off;'
      : // No copy on disk.
        'proxy_max_temp_file_size 0;';
  return `location / {
      proxy_pass https://${target}; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
      ${buffering}
      proxy_ssl_verify off; proxy_ssl_session_reuse on; proxy_ssl_protocols TLSv1.3; proxy_read_timeout 600s;
    }`;
}
