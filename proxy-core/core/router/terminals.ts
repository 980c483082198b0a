import type { Terminals } from '../../terminal/index.ts';
import { endedBy } from './ended-by.ts';
import { contract } from './implementation.ts';

export function terminalProcedures(terminals: Terminals) {
  return {
    open: contract.terminals.open.handler(async ({ input: { context, columns, rows } }) => ({
      id: await terminals.open(context, { columns, rows }),
    })),
    attach: contract.terminals.attach.handler(async ({ input, signal }) =>
      endedBy(await terminals.attach(input.id, input.attachment), signal),
    ),
    acknowledge: contract.terminals.acknowledge.handler(({ input }) => {
      terminals.acknowledge(input.id, input.attachment, input.length);
      return {};
    }),
    write: contract.terminals.write.handler(async ({ input }) => {
      await terminals.write(input.id, input.data);
      return {};
    }),
    resize: contract.terminals.resize.handler(({ input }) => {
      terminals.resize(input.id, input.columns, input.rows);
      return {};
    }),
    close: contract.terminals.close.handler(async ({ input }) => {
      await terminals.closeTerminal(input.id);
      return {};
    }),
  };
}
