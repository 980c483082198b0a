/**
 * Does in plain HTTP what a person does on the development IdP's page: follows the redirects, types name and password, and
 * follows on until the address leaves the IdP, which is then called too (the application's redirect).
 *
 * @returns the last page's text
 */
export async function logInAtIdp(
  url: string,
  { username, password }: { username: string; password: string },
): Promise<string> {
  const cookies = new Map<string, string>();
  const visit = async (target: URL, init: RequestInit = {}): Promise<{ url: URL; response: Response }> => {
    let next: URL = target;
    let request: RequestInit = init;
    for (let hop = 0; hop < 20; hop += 1) {
      const response = await fetch(next, {
        ...request,
        redirect: 'manual',
        headers: {
          ...(request.headers as Record<string, string>),
          cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        },
      });
      for (const cookie of response.headers.getSetCookie()) {
        const [pair = ''] = cookie.split(';');
        cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
      }
      const location = response.headers.get('location');
      if (!location) return { url: next, response };
      await response.body?.cancel();
      next = new URL(location, next);
      request = {};
    }
    throw new Error('too many redirects');
  };

  const form = await visit(new URL(url));
  const html = await form.response.text();
  const action = /<form method="post" action="([^"]+)"/.exec(html)?.[1];
  // Already signed in at the IdP: it went straight back to the application.
  if (!action) return html;
  const answer = await visit(new URL(action, form.url), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ username, password }).toString(),
  });
  return answer.response.text();
}
