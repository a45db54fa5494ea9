/** The page in a browser: one document that needs nothing beside itself, and may ask for nothing but what serves it. */
import { createHash } from 'node:crypto';
import { xml } from './escape.ts';
import type { PageDocument } from './page-document.ts';

/** The program of the page and its looks, as they were built. */
export interface PageProgram {
  readonly script: string;
  readonly style: string;
}

/**
 * The page. What comes from a model is in it as data only; the program shows it as text. Its policy allows this program and this style,
 * by their hashes, and nothing else.
 * @param served whether somebody answers the page's questions; it may ask nobody else.
 */
export function page({ script, style }: PageProgram, document: PageDocument, served = false): string {
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    'img-src data:',
    ...(served ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${xml(titleOf(document))}</title>
<style>${style}</style>
<body>
<noscript>This page needs JavaScript.</noscript>
<main id="page"></main>
<script type="application/json" id="document">${json(document)}</script>
<script>${script}</script>
</html>
`;
}

function titleOf(document: PageDocument): string {
  if (document.kind === 'results') return 'mmucheck';
  const [first] = document.walks;
  return first === undefined ? 'mmucheck' : `${first.target}${first.violated ? `: ${first.violated.name}` : ''}`;
}

/** JSON that no end of a script, and no comment, can be in. */
function json(document: PageDocument): string {
  return JSON.stringify(document).replace(/[<>&\u2028\u2029]/g, (mark) => {
    return `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
