import { describe, expect, test } from 'vitest';
import { parseControllerConfig } from './config.ts';
import { ControllerError } from './errors.ts';

const minimal = `
organisation: acme
dataDir: /var/lib/postern
oidc:
  issuer: https://id.acme.example
  clientId: postern
`;

function problemsOf(yaml: string): string {
  try {
    parseControllerConfig(yaml, 'controller.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(ControllerError);
    expect((error as ControllerError).code).toBe('POSTERN_CONFIG_INVALID');
    return (error as ControllerError).message;
  }
  throw new Error('was accepted');
}

describe('the configuration file', () => {
  test('needs only an organisation, a data folder and an identity provider', () => {
    expect(parseControllerConfig(minimal, 'controller.yaml')).toMatchObject({
      listen: '127.0.0.1:8443',
      oidc: { groupsClaim: 'groups', usernameClaim: 'email' },
      deviceCertificate: { lifetime: '8h' },
      audit: { mode: 'batched' },
      sessions: { idleTimeout: '15m' },
    });
  });

  test('names line and field of a wrong value', () => {
    expect(problemsOf(`${minimal}deviceCertificate:\n  lifetime: forever\n`)).toMatch(
      /^controller\.yaml:8: deviceCertificate\.lifetime: must be a duration/,
    );
  });

  test('names every wrong field, not only the first', () => {
    const problems = problemsOf(`${minimal}listen: nowhere\naudit: {mode: none}\n`).split('\n');
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/:7: listen: must be host:port/);
    expect(problems[1]).toMatch(/:8: audit\.mode:/);
  });

  test('names a field that it does not know, so that a typo never falls back to a default', () => {
    expect(problemsOf(`${minimal}sessions:\n  idleTimout: 5m\n`)).toMatch(
      /controller\.yaml:8: sessions\.idleTimout: is not a field/,
    );
  });

  test('names a missing field at the line of what should hold it', () => {
    expect(problemsOf('organisation: acme\ndataDir: d\noidc:\n  issuer: https://id.example\n')).toMatch(
      /controller\.yaml:3: oidc\.clientId: is missing$/,
    );
  });

  test('reports malformed YAML with its line', () => {
    expect(problemsOf('organisation: [acme\ndataDir: x\n')).toMatch(/^controller\.yaml:[12]: /);
  });

  test('names the line of an alias, and of a second document', () => {
    expect(problemsOf(`${minimal}administrators: {groups: &a [ops],\n  users: *a}\n`)).toBe(
      'controller.yaml:8: the alias *a cannot be used here: write out what it stands for',
    );
    expect(problemsOf(`${minimal}---\n${minimal}`)).toBe('controller.yaml:7: a second document begins here');
  });

  test('refuses an identity provider over plain http that is not on loopback', () => {
    expect(problemsOf(minimal.replace('https://id', 'http://id'))).toMatch(/:5: oidc\.issuer: must be an https URL/);
    expect(
      parseControllerConfig(minimal.replace('https://id.acme.example', 'http://127.0.0.1:9000'), 'c').oidc.issuer,
    ).toBe('http://127.0.0.1:9000');
  });

  test('refuses an empty file and one that is no mapping', () => {
    expect(problemsOf('')).toMatch(/organisation/);
    expect(problemsOf('- a\n')).toMatch(/^controller\.yaml:1: the file:/);
  });
});
