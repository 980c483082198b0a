import { createStore, type StoreApi } from 'zustand/vanilla';

/** Where in the interface we are; written in the address after `#`, so that back, forward and links work in every host. */
export type Location =
  | { screen: 'clusters' }
  | { screen: 'terminal'; terminal: string | null }
  | { screen: 'session-log'; session: string | null }
  | { screen: 'settings' };

export type Screen = Location['screen'];

export const screens: readonly { screen: Screen; title: string; key: string }[] = [
  { screen: 'clusters', title: 'Clusters', key: 'c' },
  { screen: 'terminal', title: 'Terminal', key: 't' },
  { screen: 'session-log', title: 'Session log', key: 'l' },
  { screen: 'settings', title: 'Settings', key: 's' },
];

/** Anything unknown leads to the clusters. */
export function parseLocation(hash: string): Location {
  const [screen = '', id] = hash.replace(/^#?\/?/, '').split('/');
  const decoded = id ? decode(id) : null;
  switch (screen) {
    case 'terminal':
      return { screen, terminal: decoded };
    case 'session-log':
      return { screen, session: decoded };
    case 'settings':
      return { screen };
    default:
      return { screen: 'clusters' };
  }
}

export function addressOf(location: Location): string {
  const id =
    location.screen === 'terminal' ? location.terminal : location.screen === 'session-log' ? location.session : null;
  return `#/${location.screen}${id ? `/${encodeURIComponent(id)}` : ''}`;
}

export type LocationStore = StoreApi<{ location: Location }>;

export function followLocation(host: Window): { store: LocationStore; stop: () => void } {
  const store: LocationStore = createStore(() => ({ location: parseLocation(host.location.hash) }));
  const read = () => store.setState({ location: parseLocation(host.location.hash) });
  host.addEventListener('hashchange', read);
  return { store, stop: () => host.removeEventListener('hashchange', read) };
}

export function goTo(location: Location): void {
  window.location.hash = addressOf(location);
}

/** Changes the address without a step in the history, for choices within a screen. */
export function replaceLocation(location: Location): void {
  const address = addressOf(location);
  if (window.location.hash === address) return;
  window.history.replaceState(null, '', address);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
