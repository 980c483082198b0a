import type { Person } from './people.ts';

/** The IdP's own pages: plain HTML without script, readable in light and dark. */

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const style = `
:root { color-scheme: light dark; --line: #d0d5dd; --quiet: #667085; --ground: #f6f7f9; --sheet: #fff; --accent: #4756d6; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --line: #3b4252; --quiet: #98a2b3; --ground: #14161a; --sheet: #1c1f25; --accent: #7583f5; --bad: #f97066; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); font: 15px/1.5 system-ui, sans-serif; }
main { width: min(380px, calc(100vw - 32px)); padding: 32px; background: var(--sheet); border: 1px solid var(--line); border-radius: 12px; }
h1 { margin: 0 0 4px; font-size: 20px; }
p { margin: 0 0 16px; color: var(--quiet); }
label { display: block; margin-bottom: 14px; font-weight: 600; font-size: 13px; }
input[type=text], input[type=email], input[type=password] { display: block; width: 100%; margin-top: 4px; padding: 9px 11px; font: inherit; border: 1px solid var(--line); border-radius: 7px; background: transparent; color: inherit; }
button { width: 100%; padding: 10px; font: inherit; font-weight: 600; color: #fff; background: var(--accent); border: 0; border-radius: 7px; cursor: pointer; }
button.quiet { margin-top: 8px; color: inherit; background: transparent; border: 1px solid var(--line); }
[role=alert] { color: var(--bad); }
details { margin-top: 20px; font-size: 13px; color: var(--quiet); }
code { font: 13px ui-monospace, monospace; }
.code { display: block; margin: 0 0 16px; font-size: 26px; letter-spacing: 3px; text-align: center; }
td { padding: 2px 10px 2px 0; vertical-align: top; }
`;

export function page(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body><main>${body}</main></body>
</html>`;
}

export interface LoginPage {
  organisation: string;
  clientName: string;
  action: string;
  people: readonly Person[];
  username?: string;
  problem?: string;
}

export function loginPage({ organisation, clientName, action, people, username = '', problem }: LoginPage): string {
  const rows = people
    .map(
      (person) =>
        `<tr><td><code>${escapeHtml(person.username)}</code></td><td>${escapeHtml(person.groups.join(', ') || 'no groups')}</td></tr>`,
    )
    .join('');
  return page(
    `Sign in to ${organisation}`,
    `<h1>Sign in to ${escapeHtml(organisation)}</h1>
<p>to continue to ${escapeHtml(clientName)}</p>
${problem ? `<p role="alert">${escapeHtml(problem)}</p>` : ''}
<form method="post" action="${escapeHtml(action)}">
<label>E-mail<input type="email" name="username" value="${escapeHtml(username)}" autocomplete="username" required autofocus></label>
<label>Password<input type="password" name="password" autocomplete="current-password" required></label>
<button type="submit">Sign in</button>
</form>
<details open><summary>Sample people of this development IdP</summary>
<table>${rows}</table>
The password of each is <code>${escapeHtml(people[0]?.password ?? '')}</code>.</details>`,
  );
}

export function deviceCodeInputPage(form: string, problem: string | undefined): string {
  return page(
    'Enter the code',
    `<h1>Enter the code</h1>
<p>Type the code that your device shows.</p>
${problem ? `<p role="alert">${escapeHtml(problem)}</p>` : ''}
${form}
<button type="submit" form="op.deviceInputForm" style="margin-top:12px">Continue</button>`,
  );
}

export function deviceCodeConfirmPage(form: string, clientName: string, userCode: string): string {
  return page(
    'Confirm the device',
    `<h1>Is this your device?</h1>
<p>${escapeHtml(clientName)} on your device should show this code. Go on only if it does.</p>
<code class="code">${escapeHtml(userCode)}</code>
${form}
<button type="submit" form="op.deviceConfirmForm" autofocus>Continue</button>
<button class="quiet" type="submit" form="op.deviceConfirmForm" value="yes" name="abort">Cancel</button>`,
  );
}

export function logoutPage(form: string, organisation: string): string {
  return page(
    'Sign out',
    `<h1>Sign out of ${escapeHtml(organisation)}?</h1>
<p>Other applications may ask you to sign in again.</p>
${form}
<button autofocus type="submit" form="op.logoutForm" value="yes" name="logout">Sign out</button>
<button class="quiet" type="submit" form="op.logoutForm">Stay signed in</button>`,
  );
}

export function messagePage(title: string, text: string): string {
  return page(title, `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>`);
}
