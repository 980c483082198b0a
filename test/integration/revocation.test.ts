import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kubectlPrograms } from '../support/kubectl.ts';
import { alice, backings, bob, type Organisation, startOrganisation } from '../support/organisation.ts';
import { Workstation } from '../support/postern.ts';

describe.skipIf(kubectlPrograms.length === 0).each(backings)('revocation on the %s', (backing) => {
  let organisation: Organisation;
  let alicesMachine: Workstation;
  let bobsMachine: Workstation;

  beforeEach(async () => {
    organisation = await startOrganisation(backing);
    [alicesMachine, bobsMachine] = await Promise.all([
      Workstation.start(organisation.controllerUrl),
      Workstation.start(organisation.controllerUrl),
    ]);
    await Promise.all([alicesMachine.signIn(alice), bobsMachine.signIn(bob)]);
  });

  afterEach(async () => {
    await Promise.all([alicesMachine?.close(), bobsMachine?.close()]);
    await organisation?.close();
  });

  it('ends a revoked user’s watch within a second and refuses the next command', async () => {
    const watch = bobsMachine.kubectl('acme/dev').start(['get', 'namespaces', '--watch']);
    await watch.until(/default/);
    await alicesMachine.json(['admin', 'revoke', 'user', bob.username]);
    const revokedAt = Date.now();
    await watch.ended;
    expect(Date.now() - revokedAt).toBeLessThan(1_000);
    expect(watch.stdout()).toMatch(/Forbidden +.*revoked/);

    const next = await bobsMachine.kubectl('acme/dev').run(['get', 'ns', '--request-timeout=10s']);
    expect(next.exitCode).toBe(1);
    expect(next.stderr).toMatch(/revoked/i);

    const { items } = await alicesMachine
      .kubectl('acme/dev')
      .json<{ items: { metadata: { name: string } }[] }>(['get', 'sa', '-n', 'postern-system']);
    expect(items.map((item) => item.metadata.name).filter((name) => name.startsWith('bob-'))).toEqual([]);

    const { sessions } = await bobsMachine.json<{ sessions: { endReason: string | null }[] }>(['sessions']);
    expect(sessions[0]?.endReason).toBe('revoked');
  });

  it('lets a restored user sign in again', async () => {
    await alicesMachine.json(['admin', 'revoke', 'user', bob.username]);
    await alicesMachine.json(['admin', 'restore', 'user', bob.username]);
    await bobsMachine.signIn(bob);
    expect(await bobsMachine.kubectl('acme/dev').output(['get', 'ns'])).toContain('default');
  });

  it('tells an administrator who revokes themselves that it took effect', async () => {
    await alicesMachine.kubectl('acme/dev').output(['get', 'ns']);
    const revoked = await alicesMachine.postern(['admin', 'revoke', 'user', alice.username]);
    expect(revoked).toMatchObject({ exitCode: 0, stdout: `user ${alice.username} revoked; 1 session ended\n` });
    const next = await alicesMachine.kubectl('acme/dev').run(['get', 'ns', '--request-timeout=10s']);
    expect(next.stderr).toMatch(/revoked/i);
  });

  it('says where nobody has signed in as the user that is revoked', async () => {
    const revoked = await alicesMachine.postern(['admin', 'revoke', 'user', 'bbo@acme.example']);
    expect(revoked).toMatchObject({ exitCode: 0, stdout: 'user bbo@acme.example revoked; 0 sessions ended\n' });
    expect(revoked.stderr).toContain('nobody has signed in as bbo@acme.example so far');
  });

  it('takes a context away within seconds of its grant', async () => {
    await alicesMachine.json(['admin', 'revoke', 'grant', 'developers-edit-dev']);
    await expect
      .poll(async () => (await bobsMachine.kubectl('acme/dev').run(['config', 'get-contexts', '-o', 'name'])).stdout, {
        timeout: 5_000,
      })
      .not.toContain('editor');
    const refused = await bobsMachine.kubectl('acme/dev').run(['create', 'configmap', 'a']);
    expect(refused.stderr).toContain('no grant of bob@acme.example allows "create" on "configmaps"');
  });

  it('leaves nothing that works after signing out', async () => {
    const kubectl = bobsMachine.kubectl('acme/dev');
    await kubectl.output(['get', 'ns']);
    await bobsMachine.json(['logout']);
    const after = await kubectl.run(['get', 'ns']);
    expect(after.exitCode).toBe(1);
    const { items } = await alicesMachine
      .kubectl('acme/dev')
      .json<{ items: { metadata: { name: string } }[] }>(['get', 'sa', '-n', 'postern-system']);
    expect(items.map((item) => item.metadata.name).filter((name) => name.startsWith('bob-'))).toEqual([]);
  });
});
