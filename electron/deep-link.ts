/** What an address that another program handed to us asks for. */
export type DeepLink = { kind: 'connect'; cluster: string; role: string | null };
export type Rejected = { kind: 'rejected'; reason: string };

export const deepLinkScheme = 'postern';
export const maxDeepLinkLength = 512;

/** Kubernetes' names, as in the contract's `resourceName`. */
const name = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/**
 * Reads `postern://connect/<cluster>` or `postern://connect/<cluster>?role=<role>`. Any page can hand us one, so nothing but
 * exactly this form is taken, and what it names is only ever offered to the person.
 */
export function parseDeepLink(raw: string): DeepLink | Rejected {
  if (raw.length > maxDeepLinkLength) return rejected('the address is too long');
  if (!URL.canParse(raw)) return rejected('it is no address');
  const url = new URL(raw);
  if (url.protocol !== `${deepLinkScheme}:`) return rejected('its scheme is not postern');
  if (url.username !== '' || url.password !== '' || url.port !== '' || url.hash !== '')
    return rejected('it has parts that no such address has');
  if (url.hostname !== 'connect') return rejected('what it asks for is unknown');
  // Some desktops add a slash at the end.
  const cluster = url.pathname.replace(/^\//, '').replace(/\/$/, '');
  if (!name.test(cluster)) return rejected('it does not name a cluster');
  const parameters = [...url.searchParams];
  const role = url.searchParams.get('role');
  if (parameters.length > (role === null ? 0 : 1)) return rejected('it has parts that no such address has');
  if (role !== null && !name.test(role)) return rejected('it does not name a role');
  return { kind: 'connect', cluster, role };
}

/** The one argument of a command line that is a deep link, as Windows and Linux hand it over. */
export function deepLinkArgument(commandLine: readonly string[]): string | undefined {
  return commandLine.find((argument) => argument.toLowerCase().startsWith(`${deepLinkScheme}://`));
}

function rejected(reason: string): Rejected {
  return { kind: 'rejected', reason };
}
