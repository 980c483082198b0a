import { useEffect, useRef, useState } from 'react';
import { announce } from './Announcements.tsx';
import { copyText } from './copy-text.ts';

const shownMs = 1600;

/**
 * Copies, and says for a moment that it did.
 *
 * @param what for people who listen: `command` makes "Copied command"
 */
export function useCopy(what: string): { copied: boolean; copy: (text: string) => void } {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return {
    copied,
    copy(text) {
      void copyText(text).then((done) => {
        if (!done) return;
        setCopied(true);
        announce(`Copied ${what}`);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => setCopied(false), shownMs);
      });
    },
  };
}
