export { TerminalError } from './errors.ts';
export { maxTerminals, Terminals } from './terminals.ts';
export type { CommandLineLog, TerminalAttachment, TerminalSummary, TerminalsOptions } from './types.ts';
