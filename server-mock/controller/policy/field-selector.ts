/**
 * The name that a field selector asks for, where it asks for exactly one: `metadata.name=x` among its terms. A selector
 * that does not parse gives none, as upstream.
 *
 * @see Kubernetes apimachinery, pkg/fields/selector.go (ParseSelector, RequiresExactMatch)
 */
export function exactNameOf(selector: string): string | undefined {
  let name: string | undefined;
  for (const term of splitTerms(selector)) {
    if (term === '') continue;
    const match = /^((?:[^\\=!,]|\\.)*?)(!=|==|=)(.*)$/s.exec(term);
    if (!match) return undefined;
    const value = unescapeValue(match[3]!);
    if (value === undefined) return undefined;
    if (match[1] === 'metadata.name' && match[2] !== '!=' && name === undefined) name = value;
  }
  return name !== undefined && isPathSegmentName(name) ? name : undefined;
}

/** Splits at commas that no backslash escapes. */
function splitTerms(selector: string): string[] {
  return selector.match(/(?:[^\\,]|\\.)+/gs) ?? [];
}

function unescapeValue(value: string): string | undefined {
  if (/^(?:[^\\=,]|\\[\\,=])*$/s.test(value)) return value.replace(/\\(.)/gs, '$1');
  return undefined;
}

/** @see Kubernetes apimachinery, pkg/api/validation/path/name.go (IsValidPathSegmentName) */
function isPathSegmentName(name: string): boolean {
  return name !== '.' && name !== '..' && !/[/%]/.test(name);
}
