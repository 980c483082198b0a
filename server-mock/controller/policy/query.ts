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
    const name = parameterName(pair);
    if (name === undefined || !names.includes(name)) continue;
    const value = decodedValueOf(pair) ?? '';
    const earlier = found.get(name);
    if (earlier !== undefined && earlier !== value) {
      throw new GatewayError('POSTERN_REQUEST_AMBIGUOUS', `the query gives ${name} twice, with different values`);
    }
    found.set(name, value);
  }
  return found;
}

/** The name of one `name=value` pair, or undefined where the pair does not count. */
export function parameterName(pair: string): string | undefined {
  if (pair === '' || pair.includes(';') || decodedValueOf(pair) === undefined) return undefined;
  const equals = pair.indexOf('=');
  return decode(equals === -1 ? pair : pair.slice(0, equals));
}

function decodedValueOf(pair: string): string | undefined {
  const equals = pair.indexOf('=');
  return decode(equals === -1 ? '' : pair.slice(equals + 1));
}

function decode(text: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  const bytes = text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
