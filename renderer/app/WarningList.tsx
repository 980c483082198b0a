import { useStore } from 'zustand';
import { Notice } from '../elements/Notice.tsx';
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
    <section className={classes.warnings} aria-label="Warnings">
      {shown.map((warning) => (
        <Notice
          key={warningKey(warning)}
          tone="warn"
          title={warning.message}
          hint={warning.hint && capitalised(warning.hint)}
          onDismiss={() => dismiss(dismissedWarnings, warning)}
        />
      ))}
    </section>
  );
}
