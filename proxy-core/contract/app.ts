import { eventIterator, oc } from '@orpc/contract';
import * as z from 'zod';
import { cluster, heldRole } from './clusters.ts';
import { adminContract, user } from './controller.ts';
import { resourceName } from './policy.ts';
import { auditEvent, command, session } from './sessions.ts';

/**
 * What the core offers to its windows, to the browser behind `postern ui` and to the command line. The same contract runs
 * over a MessagePort and over a WebSocket on loopback. Errors cross as `WireError` (see errors.ts).
 */

const problem = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() });
export type Problem = z.infer<typeof problem>;

export const identityState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('signed-out'), problem: problem.nullable() }),
  z.object({
    kind: z.literal('signing-in'),
    method: z.enum(['browser', 'url', 'device']),
    url: z.string().nullable(),
    userCode: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('signed-in'),
    user,
    certificateExpiresAt: z.iso.datetime(),
    /** `memory`: no keychain here, or it took nothing so far; the sign-in ends with the process. */
    storage: z.enum(['keychain', 'memory']),
  }),
]);
export type IdentityState = z.infer<typeof identityState>;

export const connectionState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('idle') }),
  z.object({ kind: z.literal('connecting'), attempt: z.int().nonnegative(), since: z.iso.datetime() }),
  z.object({
    kind: z.literal('open'),
    controller: z.string(),
    since: z.iso.datetime(),
    latencyMs: z.number().nullable(),
  }),
  z.object({ kind: z.literal('waiting'), retryAt: z.iso.datetime(), problem }),
]);
export type ConnectionState = z.infer<typeof connectionState>;

/** A role on a cluster as this device offers it: the kubeconfig context, and the session if one is open. */
export const offeredRole = heldRole.extend({ context: z.string(), sessionId: z.uuid().nullable() });
export type OfferedRole = z.infer<typeof offeredRole>;
export const offeredCluster = cluster.omit({ roles: true }).extend({ roles: z.array(offeredRole) });
export type OfferedCluster = z.infer<typeof offeredCluster>;

export const settings = z.object({
  controllerUrl: z.string().nullable(),
  /** Also merge the contexts into kubectl's own file. */
  mergeKubeconfig: z.boolean(),
  colorScheme: z.enum(['light', 'dark', 'system']),
  terminalFontSize: z.int().min(8).max(32),
});
export type Settings = z.infer<typeof settings>;

export const appState = z.object({
  version: z.string(),
  organisation: z.object({ name: z.string(), controllerUrl: z.string(), issuer: z.string() }).nullable(),
  identity: identityState,
  connection: connectionState,
  clusters: z.array(offeredCluster),
  proxy: z.object({ url: z.string() }).nullable(),
  kubeconfig: z.object({ path: z.string(), mergedInto: z.string().nullable(), contexts: z.array(z.string()) }),
  terminals: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      context: z.string(),
      startedAt: z.iso.datetime(),
      exitCode: z.int().nullable(),
    }),
  ),
  settings,
  /** What the person should know: no keychain, emulated cluster, an unreadable kubeconfig. */
  warnings: z.array(problem),
});
export type AppState = z.infer<typeof appState>;

export const stateEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('snapshot'), state: appState }),
  /** The top-level fields that changed, whole. */
  z.object({ kind: z.literal('changed'), changes: appState.partial() }),
]);
export type StateEvent = z.infer<typeof stateEvent>;

export const signInProgress = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('url'), url: z.string() }),
  z.object({
    kind: z.literal('device'),
    verificationUrl: z.string(),
    verificationUrlComplete: z.string().nullable(),
    userCode: z.string(),
    expiresAt: z.iso.datetime(),
  }),
  z.object({ kind: z.literal('done'), user }),
]);
export type SignInProgress = z.infer<typeof signInProgress>;

/** A session of this device's log, with its folded commands and their requests. */
export const sessionDetail = z.object({
  session,
  commands: z.array(command.extend({ requests: z.array(auditEvent) })),
});
export type SessionDetail = z.infer<typeof sessionDetail>;

export const sessionLogEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('session'), session }),
  z.object({ kind: z.literal('command'), command }),
  z.object({ kind: z.literal('request'), commandId: z.string(), request: auditEvent }),
]);
export type SessionLogEvent = z.infer<typeof sessionLogEvent>;

export const terminalEvent = z.discriminatedUnion('kind', [
  /** Output since the last event. On attach, the kept scrollback comes first. */
  z.object({ kind: z.literal('output'), data: z.string() }),
  z.object({ kind: z.literal('exit'), exitCode: z.int() }),
]);
export type TerminalEvent = z.infer<typeof terminalEvent>;

const nothing = z.object({});
const terminalId = z.object({ id: z.string() });
const terminalSize = { columns: z.int().min(2).max(1000), rows: z.int().min(1).max(500) };

export const appContract = {
  state: {
    get: oc.output(appState),
    watch: oc.output(eventIterator(stateEvent)),
  },
  identity: {
    /**
     * `browser` opens the system browser; `url` only tells the address (for another browser on this machine); `device`
     * is the device authorization grant. A sign-in already under way is joined, never doubled.
     */
    signIn: oc
      .input(z.object({ method: z.enum(['browser', 'url', 'device']), controllerUrl: z.string().optional() }))
      .output(eventIterator(signInProgress)),
    cancelSignIn: oc.output(nothing),
    signOut: oc.output(nothing),
  },
  clusters: {
    connect: oc
      .input(z.object({ cluster: resourceName, role: resourceName.optional(), reason: z.string().optional() }))
      .output(z.object({ context: z.string(), kubeconfig: z.string(), command: z.string(), sessionId: z.uuid() })),
    disconnect: oc
      .input(z.object({ cluster: resourceName, role: resourceName.optional() }))
      .output(z.object({ endedSessions: z.int() })),
  },
  kubeconfig: {
    /** Writes the file anew; with `merge`, also into kubectl's own, from now on. */
    write: oc
      .input(z.object({ merge: z.boolean().optional() }))
      .output(z.object({ path: z.string(), mergedInto: z.string().nullable(), contexts: z.array(z.string()) })),
  },
  sessions: {
    list: oc
      .input(
        z.object({
          cluster: z.string().optional(),
          active: z.boolean().optional(),
          search: z.string().optional(),
          cursor: z.string().optional(),
          limit: z.int().min(1).max(500).default(100),
        }),
      )
      .output(z.object({ sessions: z.array(session), nextCursor: z.string().nullable() })),
    get: oc.input(z.object({ id: z.uuid() })).output(sessionDetail),
    watch: oc.output(eventIterator(sessionLogEvent)),
    end: oc.input(z.object({ id: z.uuid() })).output(session),
  },
  terminals: {
    open: oc.input(z.object({ context: z.string(), ...terminalSize })).output(terminalId),
    /**
     * With `attachment`, a name that the window makes up, the shell is held up while more than 256 KiB of its output are not
     * yet confirmed through `acknowledge`; for transports without back-pressure of their own (a MessagePort). Without it,
     * output counts as seen once it is sent.
     */
    attach: oc
      .input(terminalId.extend({ attachment: z.string().min(1).max(64).optional() }))
      .output(eventIterator(terminalEvent)),
    /** `length` more UTF-16 units of output are drawn. */
    acknowledge: oc.input(terminalId.extend({ attachment: z.string(), length: z.int().nonnegative() })).output(nothing),
    write: oc.input(terminalId.extend({ data: z.string().max(1024 * 1024) })).output(nothing),
    resize: oc.input(terminalId.extend(terminalSize)).output(nothing),
    close: oc.input(terminalId).output(nothing),
  },
  settings: {
    set: oc.input(settings.partial()).output(settings),
  },
  host: {
    /** A single-use address that opens the interface in a browser on this machine. */
    interfaceUrl: oc.output(z.object({ url: z.string() })),
    stop: oc.output(nothing),
  },
  admin: adminContract,
};
export type AppContract = typeof appContract;
