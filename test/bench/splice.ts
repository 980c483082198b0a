import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:tls';

/**
 * One hop that only carries bytes from one TLS connection to another: no HTTP, no tunnel, no policy, no log. What three of
 * these reach is what Node's TLS and streams leave to anything that is built on them.
 *
 * Run as `splice.ts LISTEN_PORT TARGET_PORT CERTIFICATE_FILE KEY_FILE`.
 */
const [listenPort, targetPort, certificateFile = '', keyFile = ''] = process.argv.slice(2);

const server = createServer(
  { cert: readFileSync(certificateFile), key: readFileSync(keyFile), minVersion: 'TLSv1.3', noDelay: true },
  (near) => {
    const far = connect({ host: '127.0.0.1', port: Number(targetPort), rejectUnauthorized: false });
    far.setNoDelay(true);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (chunk: Buffer) => {
        if (!to.write(chunk)) from.pause();
      });
      to.on('drain', () => from.resume());
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  },
);
server.listen(Number(listenPort), '127.0.0.1', () => process.stdout.write('listening\n'));
