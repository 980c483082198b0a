import { kubernetesMicroTime, kubernetesTime } from '../clock.ts';
import { badRequest, StatusError } from '../status.ts';
import { type MessageField, messageFields, messageOfKind } from './messages.ts';
import { readFields } from './wire.ts';

export const protobufMediaType = 'application/vnd.kubernetes.protobuf';

const magic = Buffer.from('k8s\0');
const depthLimit = 64;

/**
 * Reads an object that a client sends as protobuf, into what it would have sent as JSON. kubectl's typed commands
 * (`create`, `auth`, `drain`) send protobuf from 1.33 on.
 *
 * @throws {StatusError} 400, and 415 for a kind whose messages are not known
 * @see apimachinery/pkg/runtime/serializer/protobuf/protobuf.go (v1.33)
 */
export function decodeProtobuf(bytes: Buffer): Record<string, unknown> {
  if (!bytes.subarray(0, magic.length).equals(magic)) throw badRequest('the protobuf body lacks its prefix');
  let apiVersion = '';
  let kind = '';
  let raw = Buffer.alloc(0);
  for (const { number, value } of readFields(bytes.subarray(magic.length))) {
    if (!Buffer.isBuffer(value)) continue;
    if (number === 2) raw = Buffer.from(value);
    if (number !== 1) continue;
    for (const meta of readFields(value)) {
      if (meta.number === 1) apiVersion = String(meta.value);
      if (meta.number === 2) kind = String(meta.value);
    }
  }
  const message = messageOfKind(apiVersion, kind);
  if (!messageFields(message)) {
    throw new StatusError(
      415,
      'UnsupportedMediaType',
      `the emulated cluster does not read ${kind || 'this body'} as ${protobufMediaType}; it does as application/json`,
      {},
    );
  }
  return { apiVersion, kind, ...decodeMessage(message, raw, 0) };
}

function decodeMessage(name: string, bytes: Buffer, depth: number): Record<string, unknown> {
  if (depth > depthLimit) throw badRequest('the protobuf body is nested too deeply');
  const fields = messageFields(name);
  const result: Record<string, unknown> = {};
  for (const { number, value } of readFields(bytes)) {
    const field = fields?.get(number);
    // Fields of later versions, and managedFields, are none of ours.
    if (!field || field.name === 'managedFields') continue;
    switch (field.shape) {
      case 'list': {
        const list = (result[field.name] as unknown[] | undefined) ?? [];
        list.push(decodeValue(field, value, depth));
        result[field.name] = list;
        break;
      }
      case 'map': {
        const map = (result[field.name] as Record<string, unknown> | undefined) ?? {};
        addEntry(map, field, value, depth);
        result[field.name] = map;
        break;
      }
      case 'one':
        setOne(result, field, decodeValue(field, value, depth));
        break;
      default:
        field.shape satisfies never;
    }
  }
  return result;
}

/** Go writes fields that are not pointers even when they are empty; JSON leaves them out. */
function setOne(result: Record<string, unknown>, field: MessageField, value: unknown): void {
  if (inlined.has(field.name)) {
    Object.assign(result, value);
    return;
  }
  if (value === '' || value === null) return;
  if ((value === 0 || value === false) && notPointers.has(field.name)) return;
  result[field.name] = value;
}

/** Embedded structs: messages of their own in protobuf, part of their parent in JSON. */
const inlined: ReadonlySet<string> = new Set([
  'ephemeralContainerCommon',
  'handler',
  'ingressRuleValue',
  'localObjectReference',
  'volumeSource',
]);

/** Numbers and flags that Go always writes; zero or false there means unset. */
const notPointers: ReadonlySet<string> = new Set([
  'authenticated',
  'containerPort',
  'denied',
  'failureThreshold',
  'generation',
  'hostIPC',
  'hostNetwork',
  'hostPID',
  'hostPort',
  'incomplete',
  'initialDelaySeconds',
  'minReadySeconds',
  'nodePort',
  'observedGeneration',
  'paused',
  'periodSeconds',
  'publishNotReadyAddresses',
  'readOnly',
  'stdin',
  'stdinOnce',
  'successThreshold',
  'timeoutSeconds',
  'tty',
  'unschedulable',
]);

function addEntry(map: Record<string, unknown>, field: MessageField, value: bigint | Buffer, depth: number): void {
  if (!Buffer.isBuffer(value)) throw badRequest(`the protobuf body has a wrong value for ${field.name}`);
  let key = '';
  let entry: unknown = '';
  for (const part of readFields(value)) {
    if (part.number === 1) key = String(part.value);
    if (part.number === 2) entry = decodeValue(field, part.value, depth);
  }
  Object.defineProperty(map, key, { value: entry, writable: true, enumerable: true, configurable: true });
}

function decodeValue(field: MessageField, value: bigint | Buffer, depth: number): unknown {
  if (typeof value === 'bigint') {
    return field.type === 'bool' ? value !== 0n : Number(BigInt.asIntN(64, value));
  }
  switch (field.type) {
    case 'string':
      return value.toString('utf8');
    case 'bytes':
      return value.toString('base64');
    case 'double':
      return value.length === 8 ? value.readDoubleLE() : 0;
    case 'bool':
    case 'int':
      throw badRequest(`the protobuf body has a wrong value for ${field.name}`);
    default:
      return decodeSpecial(field.type, value) ?? decodeMessage(field.type, value, depth + 1);
  }
}

/** Messages that JSON writes as one value; undefined for all others. */
function decodeSpecial(type: string, bytes: Buffer): unknown {
  switch (type) {
    case 'meta.Time':
      return decodeTime(bytes, kubernetesTime);
    case 'meta.MicroTime':
      return decodeTime(bytes, kubernetesMicroTime);
    case 'resource.Quantity':
      return String([...readFields(bytes)].find(({ number }) => number === 1)?.value ?? '0');
    case 'intstr.IntOrString':
      return decodeIntOrString(bytes);
    case 'authentication.v1.ExtraValue':
    case 'authorization.v1.ExtraValue':
      return [...readFields(bytes)].filter(({ number }) => number === 1).map(({ value }) => String(value));
    default:
      return undefined;
  }
}

function decodeTime(bytes: Buffer, write: (milliseconds: number) => string): string {
  if (bytes.length === 0) return '';
  let milliseconds = 0;
  for (const { number, value } of readFields(bytes)) {
    if (typeof value !== 'bigint') continue;
    if (number === 1) milliseconds += Number(BigInt.asIntN(64, value)) * 1000;
    if (number === 2) milliseconds += Number(value) / 1_000_000;
  }
  // The year 1, Go's zero time, is no time.
  if (!Number.isFinite(milliseconds) || Math.abs(milliseconds) > 8.64e15 || milliseconds <= -62_135_596_800_000)
    return '';
  return write(milliseconds);
}

function decodeIntOrString(bytes: Buffer): number | string {
  let isText = false;
  let number = 0;
  let text = '';
  for (const field of readFields(bytes)) {
    if (field.number === 1) isText = field.value === 1n;
    if (field.number === 2 && typeof field.value === 'bigint') number = Number(BigInt.asIntN(64, field.value));
    if (field.number === 3) text = String(field.value);
  }
  return isText ? text : number;
}
