import { isBuiltin } from 'node:module';

export interface Bundle {
  name: string;
  text: string;
}

/** Programs load these only where they are installed, and go on without. */
const optional = ['bufferutil', 'utf-8-validate'];

/** The packages that a bundle loads at run time. */
export function externalImports(text: string): string[] {
  const forms = [
    /^\s*(?:import|export)\s[^'"()]*?from\s*["']([^"'\n]+)["']/gm,
    /^\s*import\s*["']([^"'\n]+)["']/gm,
    /\bimport\(\s*["'`]([^"'`\n]+)["'`]\s*\)/g,
    /\b(?:__)?require\(\s*["'`]([^"'`\n]+)["'`]\s*\)/g,
  ];
  const code = text.replace(/^\s*(?:\*|\/\/).*$/gm, '');
  const names = forms.flatMap((form) => [...code.matchAll(form)].map(([, name]) => name ?? ''));
  return [...new Set(names)]
    .filter((name) => /^(@[\w.-]+\/)?[a-z][\w.-]*(\/[\w./-]+)?$/i.test(name) && !isBuiltin(name))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    )
    .filter((name, index, all) => all.indexOf(name) === index && !optional.includes(name))
    .sort();
}

/**
 * What must not be in a package: the build machine's folders and anything that looks like a secret.
 *
 * @param folders of the build machine
 */
export function bundleProblems({ name, text }: Bundle, folders: readonly string[]): string[] {
  const problems = folders
    // A home such as "/root" is also a word in other people's paths; only as the beginning of a longer path it gives one away.
    .filter((folder) => folder.length > 1 && text.includes(`${folder.replace(/[\\/]$/, '')}/`))
    .map((folder) => `${name} holds the build machine's folder ${folder}`);
  const secrets: [string, RegExp][] = [
    ['a private key', /-----BEGIN (?:EC |RSA |ENCRYPTED )?PRIVATE KEY-----\s*\\?n?[A-Za-z0-9+/]{40}/],
    ['a JSON web token', /\beyJ[\w-]{16,}\.eyJ[\w-]{16,}\.[\w-]{16,}/],
    ['an access key', /\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|npm_[A-Za-z0-9]{36})\b/],
    ['a source map with local paths', /sourceMappingURL=data:/],
  ];
  for (const [what, form] of secrets) if (form.test(text)) problems.push(`${name} holds ${what}`);
  return problems;
}
