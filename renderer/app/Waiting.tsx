import { Button, Center, Loader, Stack, Text, Title } from '@mantine/core';
import { useStore } from 'zustand';
import { CopyField } from '../elements/CopyField.tsx';
import { Logo } from '../elements/Logo.tsx';
import { useStores } from '../stores/stores.ts';

/** Before the first snapshot: a moment, or, where nothing answers, what to do. */
export function Waiting() {
  const { app, connection } = useStores();
  const link = useStore(app, (state) => state.link);
  return (
    <Center component="main" h="100dvh" px="md">
      <Stack align="center" gap="sm" maw={420}>
        <Logo size={40} />
        {link.kind === 'lost' ? (
          <>
            <Title order={1} size="lg">
              Postern’s core does not answer
            </Title>
            <Text c="dimmed" ta="center" size="md">
              To go on, run this command and open the address that it prints:
            </Text>
            <CopyField what="command" prompt="$" value="postern ui" />
            <Button onClick={() => connection.reconnectNow()}>Try now</Button>
          </>
        ) : (
          <Loader size="sm" color="gray" aria-label="Connecting to Postern" />
        )}
      </Stack>
    </Center>
  );
}
