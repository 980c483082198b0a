/** The few pages that stand where the interface cannot. */
const pages = {
  used: {
    title: 'This address has been used',
    text: 'Each address opens Postern once. Run <code>postern ui</code> again for a new one.',
  },
  'signed-out': {
    title: 'Open Postern from the command line',
    text: 'This browser is not connected to Postern. Run <code>postern ui</code> and open the address that it prints.',
  },
  'not-built': {
    title: 'The interface is not built',
    text: 'Run <code>npm run build</code> in the checkout, then load this page again.',
  },
  missing: { title: 'There is nothing here', text: '<a href="/">Open Postern</a>' },
  refused: { title: 'Refused', text: 'This address is for the interface of Postern only.' },
};

export function page(name: keyof typeof pages): string {
  const { title, text } = pages[name];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${title} · Postern</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto 0; padding: 0 1rem; }
h1 { font-size: 1.25rem; }
code { font-family: ui-monospace, monospace; }
</style>
<h1>${title}</h1>
<p>${text}</p>
</html>
`;
}
