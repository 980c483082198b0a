import { VisuallyHidden } from '@mantine/core';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

const latest = createStore<{ text: string }>(() => ({ text: '' }));

/** Tells people who listen to the screen what others see happen. */
export function announce(text: string): void {
  latest.setState({ text });
}

/** The one polite live region of the page. */
export function Announcements() {
  const text = useStore(latest, (state) => state.text);
  return <VisuallyHidden role="status">{text}</VisuallyHidden>;
}
