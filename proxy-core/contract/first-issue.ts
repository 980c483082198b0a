/** What a validation with zod, as oRPC reports it, found wrong first, with the field that it found it in. */
export function firstIssue(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('issues' in data) || !Array.isArray(data.issues)) return undefined;
  const issue: unknown = data.issues[0];
  if (typeof issue !== 'object' || issue === null || !('message' in issue)) return undefined;
  const path = 'path' in issue && Array.isArray(issue.path) ? issue.path.map(segment).join('.') : '';
  return path === '' ? String(issue.message) : `${path}: ${issue.message}`;
}

function segment(part: unknown): string {
  return typeof part === 'object' && part !== null && 'key' in part ? String(part.key) : String(part);
}
