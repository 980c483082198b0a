import { expect, it } from 'vitest';
import { appState, sessionDetail } from '../../proxy-core/contract/app.ts';
import { fakeLog } from './fake/fake-log.ts';
import { fakeState, scenarios } from './fake/fake-state.ts';

it.each(scenarios)('the fake state of %s is one that the contract allows', (scenario) => {
  expect(appState.safeParse(fakeState(scenario, new Date())).error).toBeUndefined();
});

it('every session of the fake log is one that the contract allows', () => {
  for (const detail of fakeLog(new Date())) expect(sessionDetail.safeParse(detail).error).toBeUndefined();
});
