import { render, screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { connectFake, type FakeOptions } from '../bridge/fake.ts';
import { createStores } from '../stores/stores.ts';
import { App } from './App.tsx';

/** Shows the whole interface on a fake core, for component tests. */
export async function renderApp({ at = '', ...options }: FakeOptions & { at?: string } = {}) {
  window.location.hash = at;
  const fake = connectFake(options);
  const stores = createStores(fake, window);
  const view = render(<App stores={stores} env="test" />);
  const user = userEvent.setup();
  await screen.findByRole('heading', { level: 1 });
  return {
    fake,
    stores,
    user,
    /** The card of a cluster. */
    cluster: (name: string) => within(screen.getByRole('listitem', { name })),
    unmount() {
      view.unmount();
      stores.stop();
    },
  };
}

export function callsOf(fake: ReturnType<typeof connectFake>, name: string): unknown[] {
  return fake.calls.filter((call) => call.name === name).map((call) => call.input);
}
