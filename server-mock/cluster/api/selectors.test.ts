import { describe, expect, it } from 'vitest';
import { Registry } from '../resources/registry.ts';
import { matchesLabelSelector, parseLabelSelector, parseSelectors } from './selectors.ts';

describe('label selectors', () => {
  it.each([
    ['app=web', true],
    ['app==web,tier=front', true],
    ['app!=web', false],
    ['missing!=x', true],
    ['app in (web, api)', true],
    ['app notin (web)', false],
    ['app', true],
    ['!app', false],
    ['!missing', true],
    ['weight>3', true],
    ['weight<3', false],
    ['', true],
  ])('%s', (text, expected) => {
    expect(parseLabelSelector(text)({ app: 'web', tier: 'front', weight: '5' })).toBe(expected);
  });

  it('refuses what it cannot read, with the term in the message', () => {
    expect(() => parseLabelSelector('app=web,=x')).toThrow(/=x/);
  });

  it('reads the object form that workloads carry', () => {
    const selector = {
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['front'] },
        { key: 'old', operator: 'DoesNotExist' },
      ],
    };
    expect(matchesLabelSelector(selector, { app: 'web', tier: 'front' })).toBe(true);
    expect(matchesLabelSelector(selector, { app: 'web', tier: 'back' })).toBe(false);
  });
});

describe('field selectors', () => {
  const pods = new Registry().find('', 'v1', 'pods');
  if (!pods) throw new Error('pods are a resource');
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    status: { phase: 'Running' },
    spec: { nodeName: 'n1' },
  };

  it('choose by the fields the resource offers', () => {
    const select = (text: string) => parseSelectors(pods, new URLSearchParams({ fieldSelector: text }))?.(pod);
    expect(select('metadata.name=web,status.phase=Running')).toBe(true);
    expect(select('status.phase!=Running')).toBe(false);
    expect(select('spec.nodeName==n2')).toBe(false);
  });

  it('name a field that is not offered in the refusal', () => {
    expect(() => parseSelectors(pods, new URLSearchParams({ fieldSelector: 'spec.secret=x' }))).toThrow(
      'field label not supported: spec.secret',
    );
    for (const inherited of ['__proto__', 'constructor']) {
      expect(() => parseSelectors(pods, new URLSearchParams({ fieldSelector: `${inherited}=x` }))).toThrow(
        `field label not supported: ${inherited}`,
      );
    }
  });
});
