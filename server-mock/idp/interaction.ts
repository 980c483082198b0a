import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { errors } from 'oidc-provider';
import { loginPage, messagePage } from './pages.ts';
import type { Person } from './people.ts';

const maxFormBytes = 8 * 1024;

/**
 * The login page at `/interaction/<uid>`: shows it on GET, checks the password on POST and hands the person on to the
 * provider. Consent is not asked for: the one client is the organisation's own.
 */
export async function handleInteraction(
  { provider, people, organisation }: { provider: Provider; people: readonly Person[]; organisation: string },
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  try {
    const { uid, params } = await provider.interactionDetails(req, res);
    const client = await provider.Client.find(String(params.client_id));
    const view = {
      organisation,
      clientName: client?.clientName ?? String(params.client_id),
      action: `/interaction/${uid}`,
      people,
    };
    if (req.method !== 'POST') {
      const hint = typeof params.login_hint === 'string' ? params.login_hint : undefined;
      return sendPage(res, 200, loginPage({ ...view, username: hint }));
    }
    const form = new URLSearchParams(await readForm(req));
    const username = form.get('username') ?? '';
    const person = people.find((candidate) => candidate.username === username.toLowerCase().trim());
    if (!person || !sameText(person.password, form.get('password') ?? '')) {
      return sendPage(res, 401, loginPage({ ...view, username, problem: 'That e-mail and password do not match.' }));
    }
    await provider.interactionFinished(
      req,
      res,
      { login: { accountId: person.username } },
      { mergeWithLastSubmission: false },
    );
  } catch (error) {
    if (error instanceof errors.SessionNotFound) {
      return sendPage(
        res,
        400,
        messagePage('This sign-in is over', 'It was finished or took too long. Start again from the application.'),
      );
    }
    if (error instanceof FormTooLarge)
      return sendPage(res, 413, messagePage('Too much input', 'The form is larger than a login form can be.'));
    throw error;
  }
}

class FormTooLarge extends Error {}

async function readForm(req: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of req.setEncoding('utf8')) {
    text += chunk;
    if (text.length > maxFormBytes) throw new FormTooLarge();
  }
  return text;
}

function sameText(expected: string, actual: string): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(actual)];
  return left.length === right.length && timingSafeEqual(left, right);
}

export function sendPage(res: ServerResponse, status: number, html: string): void {
  res.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  });
  res.end(html);
}
