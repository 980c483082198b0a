import { useStore } from 'zustand';
import { Notice } from '../../elements/Notice.tsx';
import { capitalised } from '../../format/sentence.ts';
import { useAppState, useStores } from '../../stores/stores.ts';
import { isLoud, warningKey } from '../../stores/warnings.ts';
import classes from './settings.module.css';

/** The warnings that no banner shows, or that were put away there. */
export function WarningsSection() {
  const { warnings: dismissedWarnings } = useStores();
  const dismissed = useStore(dismissedWarnings, (state) => state.dismissed);
  const warnings = useAppState((state) => state.warnings).filter(
    (warning) => !isLoud(warning) || dismissed[warningKey(warning)],
  );
  if (warnings.length === 0) return null;
  return (
    <div className={classes.warnings}>
      {warnings.map((warning) => (
        <Notice
          key={warningKey(warning)}
          tone="warn"
          title={capitalised(warning.message)}
          hint={warning.hint && capitalised(warning.hint)}
          code={warning.code}
        />
      ))}
    </div>
  );
}
