import type { User } from '../../../proxy-core/contract/controller.ts';
import { type Clock, timestamp } from '../clock.ts';
import type { ControllerConfig } from '../config.ts';
import { ControllerError } from '../errors.ts';
import {
  type DeviceRow,
  findDevice,
  findPerson,
  type PersonRow,
  writeCertifiedDevice,
  writeDeviceSignedOut,
} from '../store/devices.ts';
import type { Store } from '../store/open.ts';
import type { RevocationList } from './revocation-list.ts';

/** A person as the identity provider last described them. One object for all of a person's devices. */
export interface Person {
  readonly name: string;
  displayName: string;
  groups: readonly string[];
}

/** A signed-in app: one key, one person. */
export interface Device {
  readonly id: string;
  readonly person: Person;
  /** Whom the identity provider meant by the person's name when the device was certified. */
  readonly subject: string;
  readonly keyThumbprint: string;
  name: string;
  /** Of the newest certificate for its key; older ones of the same key do not end a running connection. */
  certificateExpiresAtMs: number;
  signedOut: boolean;
}

/** Who calls: only ever made from a verified certificate and the store. */
export interface Caller {
  readonly device: Device;
  readonly sourceAddress: string;
}

/** Past this, those whose certificate has expired are forgotten: they sign in again before they are needed. */
const maxKnownDevices = 10_000;

/** The devices seen since the controller started, with their people. What they may do is read here at every request. */
export class Devices {
  readonly #store: Store;
  readonly #revocations: RevocationList;
  readonly #administrators: ControllerConfig['administrators'];
  readonly #clock: Clock;
  readonly #devices = new Map<string, Device>();
  readonly #people = new Map<string, Person>();

  constructor(options: {
    store: Store;
    revocations: RevocationList;
    administrators: ControllerConfig['administrators'];
    clock: Clock;
  }) {
    this.#store = options.store;
    this.#revocations = options.revocations;
    this.#administrators = options.administrators;
    this.#clock = options.clock;
  }

  /** The device that a certificate names, if there is one with that very key. */
  async find(id: string, keyThumbprint: string): Promise<Device | undefined> {
    const known = this.#devices.get(id) ?? (await this.#load(id));
    return known?.keyThumbprint === keyThumbprint ? known : undefined;
  }

  /** Also finds devices that have not connected since the start, for sessions that outlived a restart. */
  async byId(id: string): Promise<Device | undefined> {
    return this.#devices.get(id) ?? (await this.#load(id));
  }

  /** Those seen since the start. */
  all(): IterableIterator<Device> {
    return this.#devices.values();
  }

  /** Why nothing is answered to a device, or undefined where it may ask. Policy decides about the rest. */
  refusal(device: Device): ControllerError | undefined {
    const { person } = device;
    if (this.#revocations.has({ kind: 'user', name: person.name })) {
      return new ControllerError(
        'POSTERN_SESSION_REVOKED',
        `the access of ${person.name} was revoked by an administrator`,
        {
          hint: 'ask an administrator to restore it',
        },
      );
    }
    if (this.#revocations.has({ kind: 'device', name: device.id })) {
      return new ControllerError(
        'POSTERN_SESSION_REVOKED',
        `this device of ${person.name} was revoked by an administrator`,
        {
          hint: 'ask an administrator to restore it',
        },
      );
    }
    if (device.signedOut)
      return new ControllerError('POSTERN_SIGNED_OUT', 'this device was signed out', { hint: 'sign in again' });
    if (this.#clock.now() >= device.certificateExpiresAtMs) {
      return new ControllerError('POSTERN_CERTIFICATE_EXPIRED', 'the device certificate has expired', {
        hint: 'sign in again',
      });
    }
    return undefined;
  }

  user(person: Person): User {
    return {
      name: person.name,
      displayName: person.displayName,
      groups: [...person.groups],
      isAdministrator: this.isAdministrator(person),
    };
  }

  isAdministrator(person: Person): boolean {
    const { groups, users } = this.#administrators;
    return users.includes(person.name) || person.groups.some((group) => groups.includes(group));
  }

  /**
   * Writes a sign-in or a renewal, and takes it over. A name that the identity provider now gives to somebody else takes
   * the devices of whoever had it along no more: they are signed out, or they would have the groups of the newcomer.
   *
   * @returns with those devices, as far as they were seen since the start
   */
  async certified(
    person: PersonRow,
    device: DeviceRow,
  ): Promise<{ device: Device; groupsChanged: boolean; formerHolders: Device[] }> {
    await writeCertifiedDevice(this.#store, person, device);
    const formerHolders = [...this.#devices.values()].filter(
      (each) => each.person.name === person.name && each.subject !== person.subject && !each.signedOut,
    );
    for (const each of formerHolders) each.signedOut = true;
    const known = this.#people.get(person.name);
    const groupsChanged = known !== undefined && known.groups.join('\n') !== person.groups.join('\n');
    this.#takePerson(person);
    return { device: this.#takeDevice(device, this.#people.get(person.name)!), groupsChanged, formerHolders };
  }

  async signOut(device: Device): Promise<void> {
    device.signedOut = true;
    await writeDeviceSignedOut(this.#store, device.id, timestamp(this.#clock.now()));
  }

  async #load(id: string): Promise<Device | undefined> {
    const row = await findDevice(this.#store, { id });
    if (!row) return undefined;
    if (!this.#people.has(row.person)) {
      const person = await findPerson(this.#store, row.person);
      if (!person) return undefined;
      if (!this.#people.has(row.person)) this.#takePerson(person);
    }
    return this.#devices.get(id) ?? this.#takeDevice(row, this.#people.get(row.person)!);
  }

  #takePerson({ name, display_name: displayName, groups }: PersonRow): void {
    const known = this.#people.get(name);
    if (known) Object.assign(known, { displayName, groups });
    else this.#people.set(name, { name, displayName, groups });
  }

  #takeDevice(row: DeviceRow, person: Person): Device {
    const changing = {
      name: row.name,
      certificateExpiresAtMs: Date.parse(row.certificate_expires_at),
      signedOut: row.signed_out_at !== null,
    };
    const known = this.#devices.get(row.id);
    // Signing out is for good: a renewal that was under way does not undo it.
    if (known) return Object.assign(known, changing, { signedOut: known.signedOut || changing.signedOut });
    const { id, subject, key_thumbprint: keyThumbprint } = row;
    const device = { id, person, subject, keyThumbprint, ...changing };
    if (this.#devices.size >= maxKnownDevices) this.#forgetExpired();
    this.#devices.set(row.id, device);
    return device;
  }

  #forgetExpired(): void {
    const now = this.#clock.now();
    for (const [id, { certificateExpiresAtMs }] of this.#devices)
      if (now >= certificateExpiresAtMs) this.#devices.delete(id);
  }
}
