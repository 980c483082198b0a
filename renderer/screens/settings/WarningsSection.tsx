import { useStore } from 'zustand';
import { Notice } from '../../elements/Notice.tsx';
import { listed } from '../../format/quantities.ts';
import { capitalised } from '../../format/sentence.ts';
import { useAppState, useStores } from '../../stores/stores.ts';
import { isLoud, warningKey } from '../../stores/warnings.ts';
import classes from './settings.module.css';

/** The warnings that were put away in their banner, and in one line what is known of clusters that are no Kubernetes. */
export function WarningsSection() {
  const { warnings: dismissedWarnings } = useStores();
  const dismissed = useStore(dismissedWarnings, (state) => state.dismissed);
  const all = useAppState((state) => state.warnings);
  const emulated = useAppState((state) => state.clusters).filter((cluster) => cluster.emulated);
  const warnings = all.filter((warning) => isLoud(warning) && dismissed[warningKey(warning)]);
  if (warnings.length === 0 && emulated.length === 0) return null;
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
      {emulated.length > 0 && (
        <p className={classes.remark}>
          {listed(emulated.map(({ name }) => name))} {emulated.length === 1 ? 'is' : 'are'} emulated: for trying things
          out, with no Kubernetes behind {emulated.length === 1 ? 'it' : 'them'}.
        </p>
      )}
    </div>
  );
}
