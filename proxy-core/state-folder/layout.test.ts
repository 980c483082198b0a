import { describe, expect, test } from 'vitest';
import { stateFolder } from './layout.ts';

describe('the state folder', () => {
  test('is where the operating system keeps a program’s state', () => {
    expect(stateFolder({}, 'linux', '/home/a').home).toBe('/home/a/.local/state/postern');
    expect(stateFolder({ XDG_STATE_HOME: '/state' }, 'linux', '/home/a').home).toBe('/state/postern');
    expect(stateFolder({}, 'darwin', '/Users/a').home).toBe('/Users/a/Library/Application Support/Postern');
  });

  test('stands the kubeconfig beside kubectl’s', () => {
    const folder = stateFolder({}, 'linux', '/home/a');
    expect(folder.kubeconfig).toBe('/home/a/.kube/postern.yaml');
    expect(folder.kubectlConfig).toBe('/home/a/.kube/config');
  });

  test('holds everything, the kubeconfig too, where POSTERN_HOME is set on purpose', () => {
    const folder = stateFolder({ POSTERN_HOME: '/tmp/p' }, 'linux', '/home/a');
    expect(folder).toMatchObject({ home: '/tmp/p', kubeconfig: '/tmp/p/kubeconfig.yaml', proxy: '/tmp/p/proxy' });
    expect(stateFolder({ POSTERN_HOME: '/tmp/p', POSTERN_KUBECONFIG: '/k' }, 'linux', '/home/a').kubeconfig).toBe('/k');
  });

  test('merges into the first file of KUBECONFIG', () => {
    expect(stateFolder({ KUBECONFIG: ':/one:/two' }, 'linux', '/home/a').kubectlConfig).toBe('/one');
  });

  test('never merges into the file that is its own, which kubectl may have been told to use', () => {
    const folder = (list: string) => stateFolder({ KUBECONFIG: list }, 'linux', '/home/a');
    expect(folder('/home/a/.kube/postern.yaml').kubectlConfig).toBe('/home/a/.kube/config');
    expect(folder('/home/a/.kube/../.kube/postern.yaml:/two').kubectlConfig).toBe('/two');
  });

  test('keeps two homes apart in the keychain and in kubeconfigs', () => {
    const one = stateFolder({ POSTERN_HOME: '/tmp/one' }, 'linux', '/home/a');
    const two = stateFolder({ POSTERN_HOME: '/tmp/two' }, 'linux', '/home/a');
    expect(one.installation).not.toBe(two.installation);
    expect(one.keychainService).toBe(`postern-${one.installation}`);
  });
});
