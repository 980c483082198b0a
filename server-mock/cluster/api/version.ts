import process from 'node:process';

/** The Kubernetes API that is emulated, named so that `kubectl version` cannot be taken for a real cluster's. */
export const gitVersion = 'v1.33.0+postern.emulated';

/** The body of `/version`. */
export const versionInfo = {
  major: '1',
  minor: '33',
  emulationMajor: '1',
  emulationMinor: '33',
  gitVersion,
  gitCommit: 'postern-emulated-cluster',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: `none (node ${process.versions.node})`,
  compiler: 'postern emulated cluster',
  platform: `${process.platform}/${process.arch}`,
};
