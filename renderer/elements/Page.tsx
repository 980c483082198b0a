import type { ReactNode } from 'react';
import classes from './page.module.css';

interface PageProps {
  title: string;
  /** Beside the title: how many, how fresh. */
  aside?: ReactNode;
  tools?: ReactNode;
  children: ReactNode;
  /** `reading` keeps a comfortable width; `full` gives all of it to tables and terminals. */
  width?: 'reading' | 'full';
}

/** A screen: its title, its tools, its content. The title takes the focus when the screen changes. */
export function Page({ title, aside, tools, children, width = 'reading' }: PageProps) {
  return (
    <section className={classes.page} data-width={width} aria-labelledby="page-title">
      <header className={classes.header}>
        <div className={classes.heading}>
          <h1 id="page-title" tabIndex={-1} className={classes.title}>
            {title}
          </h1>
          {aside && <span className={classes.aside}>{aside}</span>}
        </div>
        {tools && <div className={classes.tools}>{tools}</div>}
      </header>
      <div className={classes.content}>{children}</div>
    </section>
  );
}
