import { Avatar, Badge, Button, Group, Menu, Text, UnstyledButton } from '@mantine/core';
import { IconKeyboard, IconLogin2, IconLogout, IconSettings } from '@tabler/icons-react';
import { RelativeTime } from '../elements/RelativeTime.tsx';
import { goTo } from '../stores/location.ts';
import { useAppState, useStores } from '../stores/stores.ts';
import classes from './shell.module.css';

/** Who is signed in, for how long, and the way out. */
export function AccountMenu() {
  const { dialogs } = useStores();
  const identity = useAppState((state) => state.identity);
  if (identity.kind !== 'signed-in') {
    return (
      <Button
        mt={4}
        className={classes.signIn}
        variant="filled"
        leftSection={<IconLogin2 size={15} aria-hidden />}
        onClick={() => goTo({ screen: 'clusters' })}
      >
        <span className={classes.wide}>{identity.kind === 'signing-in' ? 'Signing in' : 'Sign in'}</span>
      </Button>
    );
  }
  const { user, certificateExpiresAt, storage } = identity;
  return (
    <Menu position="top-start" width={264}>
      <Menu.Target>
        <UnstyledButton className={classes.account} aria-label={`Account menu, ${user.displayName}`}>
          <Avatar size={26} color="ink" name={user.displayName} radius="xl" aria-hidden />
          <span className={`${classes.accountText} ${classes.wide}`}>
            <div className={classes.accountName}>{user.displayName}</div>
            <div className={classes.accountUser}>{user.name}</div>
          </span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div style={{ padding: '8px 12px' }}>
          <Text size="md" fw={600}>
            {user.displayName}
          </Text>
          <Text size="sm" c="dimmed">
            {user.name}
          </Text>
          <Group gap={4} mt={8}>
            {user.isAdministrator && (
              <Badge color="ink" variant="light">
                Administrator
              </Badge>
            )}
            {user.groups.map((group) => (
              <Badge key={group}>{group}</Badge>
            ))}
          </Group>
          <Text size="xs" c="dimmed" mt={8}>
            Device certificate ends <RelativeTime time={certificateExpiresAt} /> and renews itself
            {storage === 'memory' && '. The sign-in is kept in memory only'}.
          </Text>
        </div>
        <Menu.Divider />
        <Menu.Item leftSection={<IconSettings size={15} aria-hidden />} onClick={() => goTo({ screen: 'settings' })}>
          Settings
        </Menu.Item>
        <Menu.Item
          leftSection={<IconKeyboard size={15} aria-hidden />}
          onClick={() => dialogs.setState({ question: { kind: 'shortcuts' } })}
        >
          Keyboard shortcuts
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconLogout size={15} aria-hidden />}
          onClick={() => dialogs.setState({ question: { kind: 'sign-out' } })}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
