import { describe, expect, test } from 'vitest';
import { ClientTokens } from './client-tokens.ts';

const kubeconfig = { kind: 'kubeconfig' } as const;
const terminal = { kind: 'terminal', id: 't1' } as const;

describe('client tokens', () => {
  test('tell the kubeconfig from each terminal', () => {
    const tokens = new ClientTokens();
    const own = tokens.issue(kubeconfig);
    const inTerminal = tokens.issue(terminal);
    expect(tokens.identify(`Bearer ${own}`, {})?.owner).toEqual(kubeconfig);
    expect(tokens.identify(`bearer ${inTerminal}`, {})?.owner).toEqual(terminal);
  });

  test('stay the same until they are rotated', () => {
    const tokens = new ClientTokens();
    const before = tokens.issue(kubeconfig);
    expect(tokens.issue(kubeconfig)).toBe(before);
    tokens.rotate();
    expect(tokens.identify(`Bearer ${before}`, {})).toBeUndefined();
    const after = tokens.issue(kubeconfig);
    expect(after).not.toBe(before);
    expect(tokens.identify(`Bearer ${after}`, {})?.owner).toEqual(kubeconfig);
  });

  test('are void once their owner is gone', () => {
    const tokens = new ClientTokens();
    const token = tokens.issue(terminal);
    tokens.revoke(terminal);
    expect(tokens.identify(`Bearer ${token}`, {})).toBeUndefined();
  });

  test('are void at once also on a connection that has proved one before', () => {
    const tokens = new ClientTokens();
    const connection = {};
    const own = `Bearer ${tokens.issue(kubeconfig)}`;
    const inTerminal = `Bearer ${tokens.issue(terminal)}`;
    expect(tokens.identify(inTerminal, connection)?.owner).toEqual(terminal);
    tokens.revoke(terminal);
    expect(tokens.identify(inTerminal, connection)).toBeUndefined();
    expect(tokens.identify(own, connection)?.owner).toEqual(kubeconfig);
    expect(tokens.identify(`${own}x`, connection)).toBeUndefined();
    expect(tokens.identify(undefined, connection)).toBeUndefined();
    tokens.rotate();
    expect(tokens.identify(own, connection)).toBeUndefined();
  });

  test('carry the context they were written for, which proves nothing', () => {
    const tokens = new ClientTokens();
    const token = tokens.issue(kubeconfig);
    expect(tokens.identify(`Bearer ${token}.dev`, {})?.context).toEqual({ cluster: 'dev', role: undefined });
    expect(tokens.identify(`Bearer ${token}.dev+admin`, {})?.context).toEqual({ cluster: 'dev', role: 'admin' });
    expect(tokens.identify('Bearer .dev', {})).toBeUndefined();
    expect(tokens.identify(`Bearer x.${token}`, {})).toBeUndefined();
  });

  test('of the kubeconfig can outlive a restart', () => {
    let kept: string | null = null;
    const keep = (token: string | null) => {
      kept = token;
    };
    const token = new ClientTokens({ keep }).issue(kubeconfig);
    expect(kept).toBe(token);
    const next = new ClientTokens({ kept: token, keep });
    expect(next.issue(kubeconfig)).toBe(token);
    next.rotate();
    expect(kept).toBeNull();
  });
});
