import { stringify } from 'yaml';
import type { ClusterCertificates } from './authentication/certificates.ts';

/** A kubeconfig with the administrator's client certificate, everything embedded. */
export function adminKubeconfig(name: string, url: string, { authority, admin }: ClusterCertificates): string {
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  const user = `${name}-admin`;
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server: url, 'certificate-authority-data': base64(authority) } }],
      users: [
        {
          name: user,
          user: {
            'client-certificate-data': base64(admin.certificate),
            'client-key-data': base64(admin.key),
          },
        },
      ],
      contexts: [{ name, context: { cluster: name, user } }],
      'current-context': name,
    },
    { lineWidth: 0 },
  );
}
