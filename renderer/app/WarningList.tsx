import { CloseButton } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useStore } from 'zustand';
import { capitalised } from '../format/sentence.ts';
import { useAppState, useStores } from '../stores/stores.ts';
import { dismiss, warningKey } from '../stores/warnings.ts';
import classes from './shell.module.css';

/** What the person should know before they go on; put away one by one, and kept in the settings. */
export function WarningList() {
  const { warnings: dismissedWarnings } = useStores();
  const warnings = useAppState((state) => state.warnings);
  const dismissed = useStore(dismissedWarnings, (state) => state.dismissed);
  const shown = warnings.filter((warning) => !dismissed[warningKey(warning)]);
  if (shown.length === 0) return null;
  return (
    <ul className={classes.warnings} aria-label="Warnings">
      {shown.map((warning) => (
        <li key={warningKey(warning)} className={classes.banner} data-tone="warn">
          <IconAlertTriangle size={16} aria-hidden className={classes.warningIcon} />
          <div className={classes.bannerText}>
            <strong>{warning.message}.</strong>{' '}
            {warning.hint && <span className={classes.bannerHint}>{capitalised(warning.hint)}.</span>}
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
