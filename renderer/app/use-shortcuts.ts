import { useEffect } from 'react';
import { goTo, type Location, screens } from '../stores/location.ts';
import { useStores } from '../stores/stores.ts';

const sequenceMs = 1200;

/** `g` and a letter goes to a screen, `/` to its filter, `?` shows the list. Never while the person types text. */
export function useShortcuts(): void {
  const { dialogs } = useStores();
  useEffect(() => {
    let goingSince = 0;
    function onKey(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey || typesText(event.target)) return;
      if (dialogs.getState().question || document.querySelector('[role="dialog"]')) return;
      const going = Date.now() - goingSince < sequenceMs;
      goingSince = 0;
      const target = going ? screens.find(({ key }) => key === event.key) : undefined;
      if (target) {
        event.preventDefault();
        goTo(locationOf(target.screen));
      } else if (event.key === 'g') {
        goingSince = Date.now();
      } else if (event.key === '/') {
        const filter = document.querySelector<HTMLInputElement>('[data-filter]');
        if (filter) {
          event.preventDefault();
          filter.focus();
          filter.select();
        }
      } else if (event.key === '?') {
        event.preventDefault();
        dialogs.setState({ question: { kind: 'shortcuts' } });
      }
    }
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [dialogs]);
}

export function locationOf(screen: Location['screen']): Location {
  switch (screen) {
    case 'terminal':
      return { screen, terminal: null };
    case 'session-log':
      return { screen, session: null };
    default:
      return { screen };
  }
}

function typesText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
