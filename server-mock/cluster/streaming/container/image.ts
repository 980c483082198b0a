import type { Container as ContainerSpec, Pod } from '../../objects.ts';
import { devices } from './devices.ts';
import type { FileSystem } from './file-system.ts';

/** What the main process of a well-known image is called in `ps`. */
const mainCommands: [image: RegExp, command: string][] = [
  [/(^|\/)nginx\b/, 'nginx: master process nginx -g daemon off;'],
  [/(^|\/)redis\b/, 'redis-server *:6379'],
  [/(^|\/)postgres\b/, 'postgres'],
  [/(^|\/)(busybox|alpine)\b/, 'sh'],
];

export function mainCommand(spec: ContainerSpec): string {
  const stated = [...(spec.command ?? []), ...(spec.args ?? [])].join(' ');
  if (stated) return stated;
  return mainCommands.find(([image]) => image.test(spec.image))?.[1] ?? `/app/${spec.name}`;
}

/** The name and tag of the image, without registry and folders: `nginx:1.27`. */
function shortImage(image: string): string {
  return image.split('/').at(-1) ?? image;
}

/** What every container finds on its disk at the start. */
export function installBaseFiles(files: FileSystem, { pod, container }: { pod: Pod; container: ContainerSpec }): void {
  const namespace = pod.metadata.namespace ?? 'default';
  for (const directory of ['/app', '/bin', '/dev', '/etc', '/home', '/opt', '/proc', '/root', '/tmp', '/usr/bin']) {
    files.createDirectory(directory, { parents: true });
  }
  files.createDirectory('/var/log', { parents: true });
  for (const path of devices.keys()) files.createDevice(path);
  files.writeText('/etc/hostname', `${pod.metadata.name}\n`);
  files.writeText('/etc/hosts', `127.0.0.1\tlocalhost\n${pod.status.podIP ?? '10.244.0.2'}\t${pod.metadata.name}\n`);
  files.writeText('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n');
  files.writeText('/etc/group', 'root:x:0:\n');
  files.writeText(
    '/etc/resolv.conf',
    `search ${namespace}.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n`,
  );
  files.writeText(
    '/etc/os-release',
    'NAME="Postern emulated container"\nID=postern-emulation\nPRETTY_NAME="Postern emulated container (no real kernel, no real image)"\n',
  );
  files.writeText('/var/run/secrets/kubernetes.io/serviceaccount/namespace', namespace);
  files.writeText(
    '/app/README',
    `This container is an emulation: ${shortImage(container.image)} does not run here.\nFiles, pipes and the commands that \`help\` lists are real within it.\n`,
  );
  if (/(^|\/)nginx\b/.test(container.image)) {
    files.writeText('/usr/share/nginx/html/index.html', indexPage(pod));
    files.writeText('/etc/nginx/nginx.conf', 'events {}\nhttp { server { listen 80; root /usr/share/nginx/html; } }\n');
  }
}

/** The page that a pod's HTTP ports serve. */
export function indexPage(pod: Pod): string {
  const name = escapeHtml(pod.metadata.name);
  return `<!doctype html><title>${name}</title><h1>${name}</h1><p>Pod <code>${escapeHtml(pod.metadata.namespace ?? 'default')}/${name}</code> of an emulated cluster. Postern's emulation serves this page; no real container runs.</p>\n`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
