import { Page } from '../../elements/Page.tsx';
import { AboutSection } from './AboutSection.tsx';
import { AppearanceSection } from './AppearanceSection.tsx';
import { KubeconfigSection } from './KubeconfigSection.tsx';
import { OrganisationSection } from './OrganisationSection.tsx';
import classes from './settings.module.css';
import { TerminalSection } from './TerminalSection.tsx';
import { WarningsSection } from './WarningsSection.tsx';

export function SettingsScreen() {
  return (
    <Page title="Settings">
      <div className={classes.sections}>
        <WarningsSection />
        <OrganisationSection />
        <KubeconfigSection />
        <AppearanceSection />
        <TerminalSection />
        <AboutSection />
      </div>
    </Page>
  );
}
