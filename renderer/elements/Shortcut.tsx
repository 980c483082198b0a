import { Kbd } from '@mantine/core';

export const apple = /Mac|iPhone|iPad/.test(navigator.platform);
const names: Record<string, string> = {
  mod: apple ? '⌘' : 'Ctrl',
  alt: apple ? '⌥' : 'Alt',
  shift: apple ? '⇧' : 'Shift',
  left: '←',
  right: '→',
  up: '↑',
  down: '↓',
};

/** The keys of a shortcut: `mod+k`, or a sequence: `g c`. */
export function Shortcut({ keys }: { keys: string }) {
  return (
    <span aria-hidden style={{ display: 'inline-flex', gap: 3, whiteSpace: 'nowrap' }}>
      {keys.split(/[+ ]/).map((key) => (
        <Kbd key={key} size="xs">
          {names[key] ?? (key.length === 1 ? key.toUpperCase() : key)}
        </Kbd>
      ))}
    </span>
  );
}
