import { GatewayError } from '../errors.ts';

/**
 * The values of single-valued parameters, read as Go's `url.ParseQuery` reads them: pairs with a `;` or broken
 * percent-encoding do not count. A parameter given twice with different values has two readings and is refused.
 *
 * @throws {GatewayError} `POSTERN_REQUEST_AMBIGUOUS`
 * @see Go, net/url.ParseQuery
 */
export function firstValues(query: string, names: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = decode(equals === -1 ? '' : pair.slice(equals + 1));
    if (name === undefined || value === undefined || !names.includes(name)) continue;
    const earlier = found.get(name);
    if (earlier !== undefined && earlier !== value) {
      throw new GatewayError('POSTERN_REQUEST_AMBIGUOUS', `the query gives ${name} twice, with different values`);
    }
    found.set(name, value);
  }
  return found;
}

function decode(text: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  const bytes = text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
