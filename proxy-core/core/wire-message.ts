import * as z from 'zod';

/**
 * The frame of a message as oRPC's peers send it (`i`: id, `t`: type, `p`: payload). oRPC itself throws on anything else,
 * over a MessagePort in a place where nobody can catch it.
 */
const frame = z.union([
  // A request: an address on the peer's own origin.
  z.object({
    i: z.string(),
    t: z.literal(1).optional(),
    p: z.object({
      u: z
        .string()
        .startsWith('/')
        .refine((path) => URL.canParse(path, 'http://orpc')),
    }),
  }),
  // An event of a stream that the client sends; no procedure takes one, but the frame is well-formed.
  z.object({ i: z.string(), t: z.literal(3), p: z.object({}) }),
  // The client has had enough.
  z.object({ i: z.string(), t: z.literal(4) }),
]);

/** Whether a message can be handed on. Binary ones cannot: no procedure takes a file. */
export function isWireMessage(data: unknown): data is string {
  if (typeof data !== 'string') return false;
  try {
    return frame.safeParse(JSON.parse(data)).success;
  } catch {
    return false;
  }
}
