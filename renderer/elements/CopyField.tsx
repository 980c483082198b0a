import { UnstyledButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import classes from './copy.module.css';
import { useCopy } from './use-copy.ts';

interface CopyFieldProps {
  /** What it is, for the button's name: `command` makes "Copy command". */
  what: string;
  value: string;
  /** Shown in front and not copied: a shell prompt. */
  prompt?: string;
  wrap?: 'wrap' | 'nowrap';
}

/** A line that can be pasted elsewhere: monospace, copied as a whole by one click. */
export function CopyField({ what, value, prompt, wrap = 'nowrap' }: CopyFieldProps) {
  const { copied, copy } = useCopy(what);
  return (
    <UnstyledButton
      className={classes.field}
      data-wrap={wrap}
      onClick={() => copy(value)}
      aria-label={`Copy ${what}: ${value}`}
      title={`Copy ${what}`}
    >
      <span className={classes.text}>
        {prompt && <span className={classes.prompt}>{prompt} </span>}
        {value}
      </span>
      <span className={classes.icon} data-copied={copied || undefined}>
        {copied ? <IconCheck size={15} aria-hidden /> : <IconCopy size={15} aria-hidden />}
      </span>
    </UnstyledButton>
  );
}

/** An id in a list of facts: quiet until hovered, copied by a click. */
export function CopyableId({ what, value, shown = value }: { what: string; value: string; shown?: string }) {
  const { copied, copy } = useCopy(what);
  return (
    <UnstyledButton
      className={classes.id}
      onClick={() => copy(value)}
      aria-label={`Copy ${what}: ${value}`}
      title={`Copy ${what}: ${value}`}
    >
      <span>{shown}</span>
      {copied ? (
        <IconCheck size={13} aria-hidden className={classes.idDone} />
      ) : (
        <IconCopy size={13} aria-hidden className={classes.idIcon} />
      )}
    </UnstyledButton>
  );
}
