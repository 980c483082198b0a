import { Modal, Title } from '@mantine/core';
import { Fragment } from 'react';
import { Shortcut } from '../../elements/Shortcut.tsx';
import { shortcutGroups } from '../shortcuts.ts';
import classes from './shortcuts.module.css';

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title="Keyboard shortcuts" size={520} closeButtonProps={{ 'aria-label': 'Close' }}>
      {shortcutGroups.map(({ title, shortcuts }) => (
        <section key={title} className={classes.group}>
          <Title order={3} className={classes.title}>
            {title}
          </Title>
          <dl className={classes.list}>
            {shortcuts.map(({ keys, what }) => (
              <Fragment key={keys}>
                <dt>{what}</dt>
                <dd>
                  <span className={classes.spoken}>{keys}</span>
                  <Shortcut keys={keys} />
                </dd>
              </Fragment>
            ))}
          </dl>
        </section>
      ))}
    </Modal>
  );
}
