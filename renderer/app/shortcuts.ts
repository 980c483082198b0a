/** Every shortcut there is, for the list that `?` shows; the handlers are where the keys act. */
export const shortcutGroups: readonly { title: string; shortcuts: readonly { keys: string; what: string }[] }[] = [
  {
    title: 'Everywhere',
    shortcuts: [
      { keys: 'mod+k', what: 'Command palette' },
      { keys: 'g c', what: 'Go to clusters' },
      { keys: 'g t', what: 'Go to terminal' },
      { keys: 'g l', what: 'Go to session log' },
      { keys: 'g s', what: 'Go to settings' },
      { keys: '/', what: 'Filter the list' },
      { keys: 'F6', what: 'Move between navigation and content' },
      { keys: '?', what: 'This list' },
    ],
  },
  {
    title: 'Terminal',
    shortcuts: [
      { keys: 'alt+shift+t', what: 'New terminal on the same context' },
      { keys: 'alt+shift+w', what: 'Close the terminal' },
      { keys: 'alt+shift+right', what: 'Next terminal' },
      { keys: 'alt+shift+left', what: 'Previous terminal' },
      { keys: 'mod+shift+f', what: 'Find in the terminal' },
      { keys: 'mod+shift+k', what: 'Command palette, from within a shell' },
      { keys: 'Ctrl+shift+c', what: 'Copy the selection' },
    ],
  },
  {
    title: 'Session log',
    shortcuts: [
      { keys: 'up down', what: 'Move between rows' },
      { keys: 'right left', what: 'Open and fold a command' },
      { keys: 'Enter', what: 'Details of a request' },
    ],
  },
];
