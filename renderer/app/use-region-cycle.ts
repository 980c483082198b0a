import { useEffect } from 'react';

/**
 * F6 moves between the navigation and the content, as desktop programs do; the way out of a terminal, which keeps the Tab
 * key for its shell.
 */
export function useRegionCycle(): void {
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.key !== 'F6') return;
      event.preventDefault();
      event.stopPropagation();
      const navigation = document.getElementById('navigation');
      if (navigation?.contains(document.activeElement)) document.getElementById('main')?.focus();
      else (navigation?.querySelector<HTMLElement>('[aria-current="page"]') ?? navigation)?.focus();
    }
    window.addEventListener('keydown', onKey, true);
    return () => window.removeEventListener('keydown', onKey, true);
  }, []);
}
