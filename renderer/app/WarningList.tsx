import { Anchor, CloseButton } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import { capitalised } from '../format/sentence.ts';
import { useAppState, useStores } from '../stores/stores.ts';
import { dismiss, isLoud, warningKey } from '../stores/warnings.ts';
import classes from './shell.module.css';

/** What the person should know before they go on: one line until asked for more, put away one by one, kept in the settings. */
export function WarningList() {
  const { warnings: dismissedWarnings } = useStores();
  const warnings = useAppState((state) => state.warnings);
  const dismissed = useStore(dismissedWarnings, (state) => state.dismissed);
  const [unfolded, setUnfolded] = useState(false);
  const pending = warnings.filter((warning) => isLoud(warning) && !dismissed[warningKey(warning)]);
  if (pending.length === 0) return null;
  const shown = unfolded ? pending : pending.slice(0, 1);
  const folded = pending.length - shown.length;
  return (
    <ul className={classes.warnings} aria-label="Warnings">
      {shown.map((warning) => (
        <li key={warningKey(warning)} className={classes.banner} data-tone="warn">
          <span className={classes.bannerMark}>
            <IconAlertTriangle size={16} aria-hidden />
          </span>
          <div className={classes.bannerText}>
            <strong>{capitalised(warning.message)}.</strong>{' '}
            {warning.hint && <span className={classes.bannerHint}>{capitalised(warning.hint)}.</span>}{' '}
            {folded > 0 && (
              <Anchor component="button" type="button" size="sm" onClick={() => setUnfolded(true)}>
                {folded === 1 ? 'One more warning' : `${folded} more warnings`}
              </Anchor>
            )}
          </div>
          <CloseButton
            size="sm"
            aria-label={`Dismiss: ${warning.message}`}
            onClick={() => dismiss(dismissedWarnings, warning)}
          />
        </li>
      ))}
    </ul>
  );
}
