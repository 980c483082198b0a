/**
 * An iterator as oRPC wants it, that ends as soon as its window goes away: oRPC itself would notice only at the next value,
 * and a quiet terminal may have none for hours.
 */
export function endedBy<Value>(
  iterator: AsyncIterator<Value>,
  signal: AbortSignal | undefined,
): AsyncIteratorObject<Value, void, void> {
  const end = async (): Promise<IteratorResult<Value, void>> => {
    signal?.removeEventListener('abort', onAbort);
    await iterator.return?.();
    return { done: true, value: undefined };
  };
  const onAbort = (): void => void end();
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  return {
    next: () => iterator.next(),
    return: end,
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      await end();
    },
  };
}
