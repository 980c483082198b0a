/** What one `terminals.write` may carry, in characters. */
export const longestWrite = 64 * 1024;

/**
 * Sends keystrokes and pastes in order: one write is under way at a time, and what is typed meanwhile goes with the next.
 *
 * @param write one `terminals.write`
 * @param onError what is still waiting is dropped, so that a late line never reaches a shell that was given up
 */
export function createTerminalInput(
  write: (data: string) => Promise<unknown>,
  onError: (error: unknown) => void,
): (data: string) => void {
  let waiting = '';
  let sending = false;

  async function send(): Promise<void> {
    sending = true;
    try {
      while (waiting) {
        const data = waiting.slice(0, longestWrite);
        waiting = waiting.slice(longestWrite);
        await write(data);
      }
    } catch (error) {
      waiting = '';
      onError(error);
    } finally {
      sending = false;
    }
  }

  return (data) => {
    waiting += data;
    if (!sending) void send();
  };
}
