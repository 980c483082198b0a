import type { SessionDetail } from '../contract/app.ts';
import type { Session } from '../contract/sessions.ts';
import { SessionLogError } from '../session-log/errors.ts';
import type { SessionQuery } from '../session-log/types.ts';
import type { CommandLine } from './command-line.ts';
import { withRunningCore } from './with-core.ts';

interface ReadableLog {
  list(query: SessionQuery): Promise<{ sessions: Session[]; nextCursor: string | null }>;
  get(id: string): Promise<SessionDetail>;
}

/** Of the sessions that hold the beginning of an id anywhere, as many are looked through. */
const prefixSearchLimit = 500;

/** The session log through the running core, or with none running straight from its file. */
export async function withSessionLog<Output>(
  line: CommandLine,
  read: (log: ReadableLog) => Promise<Output>,
): Promise<Output> {
  const throughCore = await withRunningCore(line, async (client) => ({
    output: await read(
      wholeIds({ list: (query) => client.sessions.list(query), get: (id) => client.sessions.get({ id }) }),
    ),
  }));
  if (throughCore) return throughCore.output;
  const { openSessionLog } = await import('../session-log/index.ts');
  const { stderrLogger } = await import('../core/logger.ts');
  const { ensureFolder } = await import('../state-folder/index.ts');
  await ensureFolder(line.folder.home);
  const log = await openSessionLog({ path: line.folder.sessionLog, logger: stderrLogger(line.environment) });
  try {
    return await read(wholeIds(log));
  } finally {
    await log.close();
  }
}

/** Lets the beginning of an id stand for it where only one has it. */
function wholeIds(log: ReadableLog): ReadableLog {
  return {
    list: (query) => log.list(query),
    async get(id) {
      if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return log.get(id.toLowerCase());
      const { sessions } = await log.list({ search: id, limit: prefixSearchLimit });
      const [only, another] = sessions.filter((session) => session.id.startsWith(id.toLowerCase()));
      if (!only || another) {
        throw new SessionLogError(
          'POSTERN_SESSION_UNKNOWN',
          only ? `More than one session begins with ${id}` : `There is no session ${id} in the log`,
          {
            hint: 'postern sessions lists them',
          },
        );
      }
      return log.get(only.id);
    },
  };
}
