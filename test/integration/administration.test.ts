import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { alice, bob, type Organisation, startOrganisation } from '../support/organisation.ts';
import { Workstation } from '../support/postern.ts';

describe('administering from the command line', () => {
  let organisation: Organisation;
  let alicesMachine: Workstation;
  let bobsMachine: Workstation;

  beforeAll(async () => {
    organisation = await startOrganisation('emulated cluster');
    [alicesMachine, bobsMachine] = await Promise.all([
      Workstation.start(organisation.controllerUrl),
      Workstation.start(organisation.controllerUrl),
    ]);
    await Promise.all([alicesMachine.signIn(alice), bobsMachine.signIn(bob)]);
  });

  afterAll(async () => {
    await Promise.all([alicesMachine?.close(), bobsMachine?.close()]);
    await organisation?.close();
  });

  const grant = `
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: bob-administers-prod }
spec:
  subjects: { users: [bob@acme.example] }
  role: admin
  clusters: { names: [prod] }
`;

  async function apply(yaml: string) {
    const file = join(alicesMachine.home, 'policy.yaml');
    await writeFile(file, yaml);
    return alicesMachine.postern(['admin', 'apply', '-f', file, '-o', 'json']);
  }

  async function bobsContexts(): Promise<string[]> {
    const { clusters } = await bobsMachine.json<{ clusters: { roles: { context: string }[] }[] }>(['clusters']);
    return clusters.flatMap(({ roles }) => roles.map(({ context }) => context));
  }

  it('gives a grant, which reaches the person’s contexts within seconds, and takes it away', async () => {
    const applied = await apply(grant);
    expect(JSON.parse(applied.stdout)).toMatchObject({
      results: [{ kind: 'Grant', name: 'bob-administers-prod', change: 'created', version: 1 }],
    });
    await expect.poll(bobsContexts, { timeout: 5_000 }).toContain('acme/prod+admin');

    const { documents } = await alicesMachine.json<{ documents: { version: number; updatedBy: string }[] }>([
      'admin',
      'get',
      'grant',
      'bob-administers-prod',
    ]);
    expect(documents).toMatchObject([{ version: 1, updatedBy: alice.username }]);

    await alicesMachine.json(['admin', 'delete', 'grant', 'bob-administers-prod']);
    await expect.poll(bobsContexts, { timeout: 5_000 }).not.toContain('acme/prod+admin');
  });

  it('applies nothing of a file in which one document is wrong, and names the field', async () => {
    const answer = await apply(
      `${grant}---\n${grant.replace('bob-administers-prod', 'second').replace('role: admin', 'rolle: admin')}`,
    );
    expect(answer.exitCode).toBe(1);
    expect(answer.stderr).toContain('POSTERN_POLICY_INVALID');
    expect(answer.stderr).toContain('rolle');
    const missing = await alicesMachine.postern(['admin', 'get', 'grant', 'bob-administers-prod', '-o', 'json']);
    expect(missing.exitCode).toBe(1);
    expect(JSON.parse(missing.stdout)).toMatchObject({
      error: { code: 'POSTERN_NOT_FOUND', message: 'There is no grant named bob-administers-prod' },
    });
  });

  it('says so where there is nothing to apply', async () => {
    const answer = await apply('# nothing\n');
    expect(answer.exitCode).toBe(2);
    expect(JSON.parse(answer.stdout).error).toMatchObject({
      code: 'POSTERN_USAGE',
      message: expect.stringContaining('policy.yaml holds no document'),
    });
  });

  it('imports a cluster as YAML that kubectl can apply, with a token that stands nowhere else', async () => {
    const made = await alicesMachine.json<{ yaml: string; joinToken: string; controllerUrl: string }>([
      'admin',
      'clusters',
      'import',
      'edge',
      '--label',
      'env=edge',
    ]);
    const objects = parseAllDocuments(made.yaml).map(
      (document) => document.toJS() as { kind: string; metadata: { namespace?: string } },
    );
    expect(objects.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining([
        'Namespace',
        'ServiceAccount',
        'ClusterRole',
        'ClusterRoleBinding',
        'Secret',
        'Deployment',
      ]),
    );
    expect(made.controllerUrl).toContain('#ca=sha256:');
    const { clusters } = await alicesMachine.json<{ clusters: { name: string; status: string }[] }>([
      'admin',
      'clusters',
    ]);
    expect(clusters).toContainEqual(expect.objectContaining({ name: 'edge', status: 'offline' }));
    await alicesMachine.json(['admin', 'clusters', 'remove', 'edge']);
  });

  it('refuses everything of it to people who are no administrators', async () => {
    const file = join(bobsMachine.home, 'policy.yaml');
    await writeFile(file, grant);
    const attempts = [
      ['admin', 'apply', '-f', file],
      ['admin', 'get'],
      ['admin', 'clusters'],
      ['admin', 'clusters', 'import', 'mine'],
      ['admin', 'revoke', 'user', alice.username],
      ['admin', 'sessions'],
    ];
    for (const attempt of attempts) {
      const answer = await bobsMachine.postern(attempt);
      expect(answer.exitCode, attempt.join(' ')).toBe(1);
      expect(answer.stderr, attempt.join(' ')).toContain('POSTERN_NOT_ADMINISTRATOR');
    }
  });
});
