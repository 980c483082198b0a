export { contextName } from './context-name.ts';
export { KubeconfigError } from './errors.ts';
export { KubeconfigFile, type KubeconfigFileOptions } from './kubeconfig-file.ts';
export { terminalKubeconfig } from './terminal-kubeconfig.ts';
export type { ContextEntry, KubeconfigLease, WrittenKubeconfig } from './types.ts';
