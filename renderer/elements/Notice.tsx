import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './notice.module.css';

interface NoticeProps {
  tone: 'bad' | 'warn' | 'info';
  title: ReactNode;
  /** What the person can do. */
  hint?: ReactNode;
  code?: string;
}

/** What went wrong, what can be done about it, and the code to ask about; in that order. */
export function Notice({ tone, title, hint, code }: NoticeProps) {
  const Icon = tone === 'info' ? IconInfoCircle : IconAlertTriangle;
  return (
    <div className={classes.notice} data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon size={17} aria-hidden className={classes.icon} />
      <div className={classes.body}>
        <div className={classes.title}>{title}</div>
        {hint && <div className={classes.hint}>{hint}</div>}
        {code && <code className={classes.code}>{code}</code>}
      </div>
    </div>
  );
}
