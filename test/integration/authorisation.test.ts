import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubectlPrograms } from '../support/kubectl.ts';
import { alice, backings, bob, type Organisation, startOrganisation } from '../support/organisation.ts';
import { Workstation } from '../support/postern.ts';

interface AccountList {
  items: { metadata: { name: string; creationTimestamp: string } }[];
}

describe.skipIf(kubectlPrograms.length === 0).each(backings)('who may do what on the %s', (backing) => {
  let organisation: Organisation;
  let alicesMachine: Workstation;
  let bobsMachine: Workstation;

  beforeAll(async () => {
    organisation = await startOrganisation(backing);
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

  it('refuses a verb that no grant allows, and names the grant that would be needed', async () => {
    const answer = await bobsMachine.kubectl('acme/dev').run(['delete', 'configmap', 'kube-root-ca.crt']);
    expect(answer.exitCode).toBe(1);
    expect(answer.stderr).toContain('Forbidden');
    expect(answer.stderr).toContain('bob@acme.example');
    expect(answer.stderr).toMatch(/developers-edit-dev|platform-admins/);
  });

  it('gives two people different rights on the same cluster at once', async () => {
    const [asAlice, asBob] = await Promise.all([
      alicesMachine.kubectl('acme/dev+admin').run(['create', 'clusterrole', 'reader', '--verb=get', '--resource=pods']),
      bobsMachine.kubectl('acme/dev+editor').run(['create', 'clusterrole', 'reader', '--verb=get', '--resource=pods']),
    ]);
    expect(asAlice).toMatchObject({ exitCode: 0 });
    expect(asBob.stderr).toContain('Forbidden');
  });

  it('shows the service accounts that were made seconds ago, under the people’s names', async () => {
    await bobsMachine.kubectl('acme/dev').output(['get', 'ns']);
    const { items } = await alicesMachine.kubectl('acme/dev').json<AccountList>(['get', 'sa', '-n', 'postern-system']);
    const names = items.map((item) => item.metadata.name);
    expect(names).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^alice-64acme-46example/),
        expect.stringMatching(/^bob-64acme-46example/),
      ]),
    );
    const bobs = items.find((item) => item.metadata.name.startsWith('bob-64acme-46example'));
    expect(Date.now() - Date.parse(bobs?.metadata.creationTimestamp ?? '')).toBeLessThan(120_000);
  });

  it('writes what was done, and what was refused, into the session log', async () => {
    await bobsMachine.kubectl('acme/dev').run(['get', 'deployments', '-A']);
    const { sessions } = await bobsMachine.json<{
      sessions: { id: string; user: string; cluster: string; role: string; requestCount: number }[];
    }>(['sessions']);
    const viewing = sessions.find((session) => session.role === 'viewer');
    expect(viewing).toMatchObject({ user: bob.username, cluster: 'dev' });
    const detail = await bobsMachine.json<{
      commands: {
        title: string;
        label: string;
        outcome: string;
        requests: { verb: string; resource: string; decision: string; grant: string | null }[];
      }[];
    }>(['session', viewing?.id ?? '']);
    const listing = detail.commands.find((command) =>
      command.requests.some((request) => request.resource === 'deployments'),
    );
    expect(listing).toMatchObject({ label: 'stated', title: expect.stringContaining('kubectl get') });
    expect(listing?.requests).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          verb: 'list',
          resource: 'deployments',
          decision: 'allowed',
          grant: 'developers-view',
        }),
      ]),
    );
    const refused = detail.commands
      .flatMap((command) => command.requests)
      .find((request) => request.decision === 'denied');
    expect(refused).toMatchObject({ verb: 'delete', resource: 'configmaps' });
  });

  it('shows administrators everybody’s requests, and nobody else', async () => {
    const asAlice = await alicesMachine.json<{ events: { user: string; verb: string }[] }>(['admin', 'audit']);
    expect(new Set(asAlice.events.map((event) => event.user))).toEqual(new Set([alice.username, bob.username]));
    const asBob = await bobsMachine.postern(['admin', 'audit', '-o', 'json']);
    expect(asBob.exitCode).not.toBe(0);
    expect(asBob.stdout + asBob.stderr).toContain('POSTERN_NOT_ADMINISTRATOR');
  });

  it('keeps one person’s kubeconfig from working on another’s proxy', async () => {
    const stolen = await alicesMachine
      .kubectl('acme/dev')
      .run(['get', 'ns', '--server', `${bobsMachine.ready.proxy}/clusters/dev`, '--insecure-skip-tls-verify']);
    expect(stolen.exitCode).toBe(1);
    expect(stolen.stderr).toMatch(/Unauthorized|logged in|token/i);
  });
});
