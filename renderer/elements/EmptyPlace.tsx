import { EmptyState } from '@mantine/core';
import type { ReactNode } from 'react';

interface EmptyPlaceProps {
  icon: ReactNode;
  title: string;
  /** What to do next. */
  children: ReactNode;
  actions?: ReactNode;
}

/** A place with nothing in it yet says what to do next. */
export function EmptyPlace({ icon, title, children, actions }: EmptyPlaceProps) {
  return (
    <EmptyState size="sm" icon={icon} title={title} description={children} py="12vh" px="md" maw={520} mx="auto">
      {actions && <EmptyState.Actions mt="sm">{actions}</EmptyState.Actions>}
    </EmptyState>
  );
}
