import { useEffect, useRef } from 'react';
import { ClustersScreen } from '../screens/clusters/ClustersScreen.tsx';
import { SessionLogScreen } from '../screens/session-log/SessionLogScreen.tsx';
import { SettingsScreen } from '../screens/settings/SettingsScreen.tsx';
import { SignInScreen } from '../screens/sign-in/SignInScreen.tsx';
import { TerminalScreen } from '../screens/terminal/TerminalScreen.tsx';
import { type Screen, screens } from '../stores/location.ts';
import { useAppState, useLocation } from '../stores/stores.ts';
import { Shell } from './Shell.tsx';
import { useShortcuts } from './use-shortcuts.ts';

/** Which screen is shown. The session log and the settings work without a sign-in; the others lead to it. */
export function Screens() {
  const location = useLocation();
  const signedIn = useAppState((state) => state.identity.kind === 'signed-in');
  useShortcuts();
  const needsSignIn = !signedIn && (location.screen === 'clusters' || location.screen === 'terminal');
  useScreenChange(location.screen, needsSignIn);
  if (needsSignIn) return <SignInScreen />;
  return (
    <Shell>
      <ScreenContent screen={location.screen} />
    </Shell>
  );
}

function ScreenContent({ screen }: { screen: Screen }) {
  switch (screen) {
    case 'clusters':
      return <ClustersScreen />;
    case 'terminal':
      return <TerminalScreen />;
    case 'session-log':
      return <SessionLogScreen />;
    case 'settings':
      return <SettingsScreen />;
    default:
      return screen satisfies never;
  }
}

/** Names the window after the screen, and moves the focus to its title, so that people who listen hear where they are. */
function useScreenChange(screen: Screen, needsSignIn: boolean): void {
  const shown = needsSignIn ? 'sign-in' : screen;
  const before = useRef(shown);
  useEffect(() => {
    const title = needsSignIn ? 'Sign in' : screens.find((known) => known.screen === screen)?.title;
    document.title = `${title} · Postern`;
    if (before.current !== shown && shown !== 'terminal') document.getElementById('page-title')?.focus();
    before.current = shown;
  }, [screen, needsSignIn, shown]);
}
