import { Tooltip, UnstyledButton } from '@mantine/core';
import { IconBox, IconHistory, IconSearch, IconSettings, IconTerminal2 } from '@tabler/icons-react';
import { Logo } from '../elements/Logo.tsx';
import { Shortcut } from '../elements/Shortcut.tsx';
import { addressOf, type Screen, screens } from '../stores/location.ts';
import { useAppState, useLocation } from '../stores/stores.ts';
import { AccountMenu } from './AccountMenu.tsx';
import { ConnectionLine } from './ConnectionLine.tsx';
import { palette } from './palette.ts';
import classes from './shell.module.css';
import { locationOf } from './use-shortcuts.ts';

const icons: Record<Screen, typeof IconBox> = {
  clusters: IconBox,
  terminal: IconTerminal2,
  'session-log': IconHistory,
  settings: IconSettings,
};

export function Navigation() {
  const organisation = useAppState((state) => state.organisation?.name);
  return (
    <>
      <div className={classes.brand}>
        <Logo size={28} />
        <div className={`${classes.brandText} ${classes.wide}`}>
          <div className={classes.organisation}>{organisation ?? 'Postern'}</div>
          {organisation && <div className={classes.product}>Postern</div>}
        </div>
      </div>
      <ul className={classes.links}>
        {screens.map(({ screen, title }) => (
          <li key={screen}>
            <ScreenLink screen={screen} title={title} />
          </li>
        ))}
      </ul>
      <div className={classes.foot}>
        <UnstyledButton className={classes.search} onClick={palette.open} aria-label="Search, command palette">
          <IconSearch size={17} aria-hidden />
          <span className={classes.wide}>Search</span>
          <span className={classes.wide}>
            <Shortcut keys="mod+k" />
          </span>
        </UnstyledButton>
        <ConnectionLine />
        <AccountMenu />
      </div>
    </>
  );
}

function ScreenLink({ screen, title }: { screen: Screen; title: string }) {
  const current = useLocation().screen === screen;
  const openTerminals = useAppState((state) => state.terminals.length);
  const Icon = icons[screen];
  return (
    <Tooltip label={title} position="right" openDelay={200} hiddenFrom="md">
      <a
        href={addressOf(locationOf(screen))}
        className={classes.link}
        aria-current={current ? 'page' : undefined}
        aria-label={title}
      >
        <Icon size={18} stroke={1.7} aria-hidden />
        <span className={classes.wide}>{title}</span>
        {screen === 'terminal' && openTerminals > 0 && (
          <span className={classes.badge} aria-hidden>
            {openTerminals}
          </span>
        )}
      </a>
    </Tooltip>
  );
}
