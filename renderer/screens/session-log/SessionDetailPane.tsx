import { Button, Center, Loader } from '@mantine/core';
import { IconArrowLeft, IconListSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import type { AuditEvent } from '../../../proxy-core/contract/sessions.ts';
import { EmptyPlace } from '../../elements/EmptyPlace.tsx';
import { Notice } from '../../elements/Notice.tsx';
import { capitalised } from '../../format/sentence.ts';
import { goTo } from '../../stores/location.ts';
import { useStores } from '../../stores/stores.ts';
import { CommandTable } from './CommandTable.tsx';
import { RequestDrawer } from './RequestDrawer.tsx';
import { SessionHeader } from './SessionHeader.tsx';
import classes from './session-log.module.css';

/** The chosen session: what it was, then what was done in it. */
export function SessionDetailPane() {
  const { sessionLog } = useStores();
  const selected = useStore(sessionLog.store, (state) => state.selected);
  const detail = useStore(sessionLog.store, (state) => state.detail);
  const error = useStore(sessionLog.store, (state) => state.detailError);
  const hasSessions = useStore(sessionLog.store, ({ sessions }) => sessions !== undefined && sessions.length > 0);
  const [opened, setOpened] = useState<{ auditId: string } | null>(null);

  const request = opened && findRequest(opened.auditId);
  function findRequest(auditId: string): AuditEvent | undefined {
    for (const command of detail?.commands ?? []) {
      const found = command.requests.find((candidate) => candidate.auditId === auditId);
      if (found) return found;
    }
    return undefined;
  }

  return (
    <section className={classes.detail} aria-label="Session">
      <Button
        className={classes.back}
        variant="subtle"
        leftSection={<IconArrowLeft size={15} aria-hidden />}
        onClick={() => goTo({ screen: 'session-log', session: null })}
      >
        All sessions
      </Button>
      {error ? (
        <div className={classes.pad}>
          <Notice
            tone="bad"
            title={capitalised(error.message)}
            hint={error.hint && capitalised(error.hint)}
            code={error.code}
          />
        </div>
      ) : detail ? (
        <>
          <SessionHeader session={detail.session} />
          <CommandTable
            key={detail.session.id}
            commands={detail.commands}
            onOpen={(chosen) => setOpened({ auditId: chosen.auditId })}
          />
        </>
      ) : selected ? (
        <Center p="xl">
          <Loader size="sm" color="gray" aria-label="Reading the session" />
        </Center>
      ) : hasSessions ? (
        <EmptyPlace icon={<IconListSearch />} title="No session chosen">
          Choose a session to read its commands and requests.
        </EmptyPlace>
      ) : null}
      <RequestDrawer request={request ?? null} onClose={() => setOpened(null)} />
    </section>
  );
}
