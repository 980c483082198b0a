import type { ContextEntry, KubeconfigLease } from './types.ts';

export const dev: ContextEntry = { cluster: 'dev', role: 'editor', isDefault: true };
export const devViewer: ContextEntry = { cluster: 'dev', role: 'viewer', isDefault: false };
export const prod: ContextEntry = { cluster: 'prod', role: 'viewer', isDefault: true, namespace: 'shop' };

export function lease(contexts: ContextEntry[], changes: Partial<KubeconfigLease> = {}): KubeconfigLease {
  return {
    organisation: 'acme',
    contexts,
    proxyUrl: 'https://127.0.0.1:24001',
    caPem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    token: 'secret_-1',
    ...changes,
  };
}

/** A kubeconfig as a person keeps one: comments, quoting and scalars that a careless rewrite would change. */
export const handWritten = `# my clusters
apiVersion: v1
kind: Config
preferences: {}
current-context: home   # the default
clusters:
# the one at home
- cluster:
    certificate-authority: /etc/ca.crt
    server: "https://10.0.0.1:6443" # behind the VPN
  name: home
- name: 'flow'
  cluster: {server: 'https://10.0.0.2', insecure-skip-tls-verify: true}
contexts:
- context: {cluster: home, user: me}
  name: home
users:
- name: me
  user:
    extensions:
    - name: another.tool
      extension: {port: 0123, id: 123456789012345678901}
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: get-token
      args: [--yes, "no"]
      env: null
`;
