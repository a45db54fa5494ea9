/** The program of the page in a browser, as `npm run build` has left it. */
import { readFileSync } from 'node:fs';
import type { PageProgram } from '#report';

/** @throws Error when it has not been built. */
export function pageProgram(): PageProgram {
  const text = (name: string): string => readFileSync(new URL(`../viewer/${name}`, import.meta.url), 'utf8');
  return { script: text('page.js'), style: text('page.css') };
}
