import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { noEntries, ownEntries } from './entries.ts';
import { mergeEntries } from './merge.ts';
import { dev, devViewer, handWritten, lease, prod } from './testing-lease.ts';

const installation = 'i1';
const merge = (text: string, contexts = [dev, prod], changes = {}) =>
  mergeEntries(text, ownEntries(lease(contexts, changes), installation), installation, 'config');
const clear = (text: string) => mergeEntries(text, noEntries, installation, 'config');
const names = (text: string) => (parse(text).contexts ?? []).map((context: { name: string }) => context.name);

describe('merging into a kubeconfig', () => {
  test('makes a new file with contexts, clusters and users, and no current context', () => {
    const { text } = merge('', [dev, devViewer, prod]);
    const config = parse(text);
    expect(
      config.contexts.map(({ name, context }: never) => [name, (context as { namespace?: string }).namespace]),
    ).toEqual([
      ['acme/dev', undefined],
      ['acme/dev+viewer', undefined],
      ['acme/prod', 'shop'],
    ]);
    expect(config.clusters.map(({ cluster }: { cluster: { server: string } }) => cluster.server)).toEqual([
      'https://127.0.0.1:24001/clusters/dev',
      'https://127.0.0.1:24001/clusters/dev/roles/viewer',
      'https://127.0.0.1:24001/clusters/prod',
    ]);
    expect(config.users.map(({ user }: { user: { token: string } }) => user.token)).toEqual([
      'secret_-1.dev',
      'secret_-1.dev+viewer',
      'secret_-1.prod',
    ]);
    expect(Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64').toString()).toContain(
      'BEGIN',
    );
    expect(config['current-context']).toBeUndefined();
  });

  test('leaves every other byte of a hand-written file as it was', () => {
    const merged = merge(handWritten).text;
    for (const line of handWritten.split('\n')) {
      expect(merged).toContain(line.replace(/ {2,}#/, ' #'));
    }
    // The order of what was there is kept, ours comes after it.
    expect(names(merged)).toEqual(['home', 'acme/dev', 'acme/prod']);
    expect(clear(merged).text).toBe(handWritten.replace('home   #', 'home #'));
  });

  test('changes nothing where everything is right already', () => {
    const once = merge(handWritten).text;
    expect(merge(once)).toMatchObject({ changed: false, text: once });
    expect(clear(handWritten)).toMatchObject({ changed: false, text: handWritten });
  });

  test('takes out what is no longer granted and follows a new port and token', () => {
    const before = merge(handWritten, [dev, devViewer, prod]).text;
    const { text } = merge(before, [prod], { token: 'new', proxyUrl: 'https://127.0.0.1:25000' });
    expect(names(text)).toEqual(['home', 'acme/prod']);
    expect(text).not.toContain('secret_-1');
    expect(text).not.toContain('24001');
    expect(text).toContain('new.prod');
  });

  test('keeps the order and the comments around our own entries', () => {
    const before = merge(handWritten, [dev, prod]).text.replace(
      '- name: acme/prod\n  context',
      '# where the money is\n- name: acme/prod\n  context',
    );
    const { text } = merge(before, [dev, prod, devViewer], { token: 'new' });
    expect(text).toContain('# where the money is\n- name: acme/prod');
    expect(names(text)).toEqual(['home', 'acme/dev', 'acme/prod', 'acme/dev+viewer']);
  });

  test('keeps current-context, even where its context is gone', () => {
    const used = merge(handWritten).text.replace('current-context: home', 'current-context: acme/dev');
    expect(parse(merge(used, [prod]).text)['current-context']).toBe('acme/dev');
    expect(parse(clear(used).text)['current-context']).toBe('acme/dev');
  });

  test('keeps a namespace that the person chose, and follows the grant where they did not', () => {
    const before = merge('', [dev, prod]).text;
    const chosen = before.replace('namespace: shop', 'namespace: mine');
    const after = parse(
      merge(chosen, [
        { ...dev, namespace: 'team' },
        { ...prod, namespace: 'other' },
      ]).text,
    );
    expect(after.contexts.map(({ context }: { context: { namespace: string } }) => context.namespace)).toEqual([
      'team',
      'mine',
    ]);
  });

  test('never takes another’s entry of the same name for its own', () => {
    const foreign = handWritten.replace('name: home\nusers', 'name: acme/dev\nusers');
    const merged = merge(foreign);
    expect(merged.skipped).toEqual(['acme/dev']);
    expect(names(merged.text)).toEqual(['acme/dev', 'acme/prod']);
    expect(parse(merged.text).contexts[0].context).toEqual({ cluster: 'home', user: 'me' });
    expect(merged.text).not.toContain('secret_-1.dev');
  });

  test('leaves the entries of another Postern on the machine alone', () => {
    const other = mergeEntries('', ownEntries(lease([dev], { organisation: 'other' }), 'i2'), 'i2', 'config').text;
    const both = merge(other, [dev]).text;
    expect(names(both)).toEqual(['other/dev', 'acme/dev']);
    expect(clear(both).text).toBe(other);
  });

  test.each([
    'clusters:\nusers:\ncontexts:\n',
    'clusters: null\nusers: ~\ncontexts: []\n',
    '# only a comment\n',
    '{}\n',
    '---\n',
  ])('fills an empty kubeconfig (%j)', (text) => {
    expect(names(merge(text).text)).toEqual(['acme/dev', 'acme/prod']);
  });

  test('keeps the line ends of a file from Windows', () => {
    const windows = clear(merge(handWritten).text).text.replaceAll('\n', '\r\n');
    const merged = merge(windows).text;
    expect(merged.match(/(?<!\r)\n/)).toBeNull();
    expect(names(merged)).toEqual(['home', 'acme/dev', 'acme/prod']);
    expect(merge(merged)).toMatchObject({ changed: false });
    expect(clear(merged).text).toBe(windows);
  });

  test('stays JSON where the file is JSON', () => {
    const json = JSON.stringify(parse(handWritten));
    const merged = merge(json).text;
    expect(JSON.parse(merged).contexts.map(({ name }: { name: string }) => name)).toEqual([
      'home',
      'acme/dev',
      'acme/prod',
    ]);
  });

  test('quotes what a YAML reader would take for something else', () => {
    const { text } = merge('', [
      { ...dev, namespace: '123' },
      { ...prod, namespace: 'true' },
    ]);
    expect(text).toContain('namespace: "123"');
    expect(text).toContain('namespace: "true"');
  });

  test.each([
    ['a tab', 'clusters:\n\t- x'],
    ['a list', '- a\n- b\n'],
    ['plain text', 'hello'],
    ['a list that is none', 'clusters: yes\n'],
    ['a broken quote', 'clusters: "abc\n'],
    ['a key twice', 'clusters: []\nclusters: []\n'],
    ['two documents', 'a: 1\n---\nb: 2\n'],
    ['an unknown anchor', 'clusters: *x\n'],
    ['an unknown anchor in an entry', 'users:\n- name: a\n  user: *x\n'],
    [
      'anchors that multiply',
      `a: &a [${'x,'.repeat(99)}]\nb: &b [${'*a,'.repeat(99)}]\nusers:\n- user: [${'*b,'.repeat(9)}]\n`,
    ],
  ])('refuses %s', (_what, text) => {
    expect(() => merge(text)).toThrowError(
      expect.objectContaining({
        code: 'POSTERN_KUBECONFIG_UNREADABLE',
        message: expect.stringMatching(/ is not a kubeconfig: .*[^:]$/),
        hint: expect.stringContaining('left it as it is'),
      }),
    );
  });
});
