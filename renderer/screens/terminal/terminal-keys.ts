export type TerminalKey = 'new' | 'close' | 'next' | 'previous' | 'find' | 'palette' | 'copy' | 'paste';

/** Which keys the interface keeps for itself while a shell has the keyboard; chosen so that shells and editors miss none. */
export function terminalKey(
  event: Pick<KeyboardEvent, 'key' | 'altKey' | 'shiftKey' | 'ctrlKey' | 'metaKey'>,
): TerminalKey | null {
  const key = event.key.toLowerCase();
  if (event.altKey && event.shiftKey && !event.ctrlKey && !event.metaKey) {
    if (key === 't') return 'new';
    if (key === 'w') return 'close';
    if (key === 'arrowright') return 'next';
    if (key === 'arrowleft') return 'previous';
  }
  if (event.shiftKey && !event.altKey && (event.ctrlKey || event.metaKey)) {
    if (key === 'f') return 'find';
    if (key === 'k') return 'palette';
    if (key === 'c' && event.ctrlKey) return 'copy';
    if (key === 'v' && event.ctrlKey) return 'paste';
  }
  return null;
}
