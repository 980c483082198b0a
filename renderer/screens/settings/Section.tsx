import { type ReactNode, useId } from 'react';
import classes from './settings.module.css';

/** A group of settings under its name. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={classes.section} aria-labelledby={id}>
      <h2 id={id} className={classes.title}>
        {title}
      </h2>
      <div className={classes.rows}>{children}</div>
    </section>
  );
}

interface RowProps {
  label: string;
  /** The id of the control that the label is for. */
  htmlFor?: string;
  description?: ReactNode;
  /** Where the setting is: at the end of the line, or below it where there is much of it. */
  control?: 'beside' | 'below';
  children: ReactNode;
}

export function Row({ label, htmlFor, description, control = 'beside', children }: RowProps) {
  return (
    <div className={classes.row} data-control={control}>
      <div className={classes.label}>
        {htmlFor ? <label htmlFor={htmlFor}>{label}</label> : <span>{label}</span>}
        {description && <div className={classes.description}>{description}</div>}
      </div>
      <div className={classes.control}>{children}</div>
    </div>
  );
}
