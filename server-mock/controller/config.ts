import { type Alias, isMap, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import * as z from 'zod';
import { duration } from '../../proxy-core/contract/duration.ts';
import { resourceName } from '../../proxy-core/contract/policy.ts';
import { ControllerError } from './errors.ts';
import { parseHostPort } from './host-port.ts';
import { sayMissing } from './missing-field.ts';

const hostPort = z
  .string()
  .refine((text) => parseHostPort(text) !== undefined, 'must be host:port, such as 0.0.0.0:8443');

const issuerUrl = z.url().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
}, 'must be an https URL (http only on loopback)');

const names = z.array(z.string().min(1)).default([]);

/** The file given as `--config`. Unknown fields are errors, so that a typo never falls back to a default. */
export const controllerConfig = z.strictObject({
  /** Prefix of the kubeconfig's context names. */
  organisation: resourceName,
  listen: hostPort.default('127.0.0.1:8443'),
  /** `host:port` under which apps and agents reach each replica; the first stands in the controller URL. */
  advertise: z.array(hostPort).default([]),
  /** Holds the CA's key and the store; relative to the working directory. */
  dataDir: z.string().min(1),
  oidc: z.strictObject({
    issuer: issuerUrl,
    clientId: z.string().min(1),
    scopes: z.array(z.string().min(1)).default(['openid', 'profile', 'email', 'offline_access']),
    groupsClaim: z.string().min(1).default('groups'),
    usernameClaim: z.string().min(1).default('email'),
  }),
  administrators: z.strictObject({ groups: names, users: names }).prefault({}),
  /** Files of Cluster, Role and Grant documents, applied at every start. */
  policy: z.array(z.string().min(1)).default([]),
  deviceCertificate: z.strictObject({ lifetime: duration.default('8h') }).prefault({}),
  agentCertificate: z.strictObject({ lifetime: duration.default('30d') }).prefault({}),
  /** `strict` makes a request wait until its start is on disk. */
  audit: z.strictObject({ mode: z.enum(['batched', 'strict']).default('batched') }).prefault({}),
  sessions: z
    .strictObject({
      idleTimeout: duration.default('15m'),
      /** How long sessions outlive the loss of their cluster's last agent. */
      agentLossGrace: duration.default('60s'),
    })
    .prefault({}),
  /** A publicly trusted certificate for the listener; without it the controller's own CA issues one. */
  tls: z.strictObject({ certificateFile: z.string().min(1), keyFile: z.string().min(1) }).optional(),
});
export type ControllerConfig = z.output<typeof controllerConfig>;
/** As written: fields with defaults may be left out. */
export type ControllerConfigInput = z.input<typeof controllerConfig>;

/**
 * Reads a configuration file.
 *
 * @throws {ControllerError} `POSTERN_CONFIG_INVALID` naming file, line and field of everything that is wrong
 */
export function parseControllerConfig(yamlText: string, fileName: string): ControllerConfig {
  const lines = new LineCounter();
  const document = parseDocument(yamlText, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw invalid(
      document.errors.map(
        ({ code, message, linePos }) =>
          `${fileName}:${linePos?.[0].line ?? 1}: ${code === 'MULTIPLE_DOCS' ? 'a second document begins here' : firstLine(message)}`,
      ),
    );
  }
  const aliases: Alias[] = [];
  visit(document, { Alias: (_, alias) => void aliases.push(alias) });
  if (aliases.length > 0) {
    throw invalid(
      aliases.map(
        ({ source, range }) =>
          `${fileName}:${lines.linePos(range?.[0] ?? 0).line}: the alias *${source} cannot be used here: write out what it stands for`,
      ),
    );
  }
  const parsed = controllerConfig.safeParse(document.toJS() ?? {}, sayMissing);
  if (parsed.success) return parsed.data;

  const lineOf = (path: readonly PropertyKey[]) => {
    const offset = nodeAt(document.contents, path)?.range?.[0];
    return offset === undefined ? 1 : lines.linePos(offset).line;
  };
  throw invalid(
    parsed.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => {
            const path = [...issue.path, key];
            return `${fileName}:${lineOf(path)}: ${fieldName(path)}: is not a field of the configuration`;
          })
        : [`${fileName}:${lineOf(issue.path)}: ${fieldName(issue.path)}: ${issue.message}`],
    ),
  );
}

/** Checks a configuration that a program made. @throws {ControllerError} `POSTERN_CONFIG_INVALID` naming the field */
export function completeControllerConfig(input: ControllerConfigInput): ControllerConfig {
  const parsed = controllerConfig.safeParse(input, sayMissing);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.map((issue) => `${fieldName(issue.path)}: ${issue.message}`));
}

function invalid(problems: string[]): ControllerError {
  return new ControllerError('POSTERN_CONFIG_INVALID', problems.join('\n'), { hint: 'correct the configuration file' });
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the file' : path.map(String).join('.');
}

/** The node that a path leads to, or the innermost one on the way where the rest is missing. */
function nodeAt(root: unknown, path: readonly PropertyKey[]): Node | undefined {
  let node = root as Node | null | undefined;
  for (const step of path) {
    if (node && isMap(node)) {
      const pair = node.items.find((item) => String(item.key) === String(step));
      if (!pair) break;
      const value = pair.value as Node | null;
      // The key's line, not the value's: a nested map starts a line below its key.
      node = value && !isMap(value) && !isSeq(value) ? value : withRange(value, pair.key as Node);
    } else if (node && isSeq(node)) node = node.items[Number(step)] as Node | undefined;
    else break;
  }
  return node ?? undefined;
}

function withRange(value: Node | null, key: Node): Node {
  if (value === null) return key;
  return Object.create(value, { range: { value: key.range } }) as Node;
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]!.replace(/:$/, '');
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.[0-9]{1,3}){3}$/.test(hostname);
}
