/** Pages for the tests, in files of their own: as the command writes them, but for any execution. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { page, type Walk } from '#report';
import { folder } from '../cli/mmucheck.ts';

function built(name: string): string {
  return readFileSync(new URL(`../../dist/viewer/${name}`, import.meta.url), 'utf8');
}

/** The text of a page with some executions. */
export function pageText(...walks: Walk[]): string {
  return page({ script: built('page.js'), style: built('page.css') }, { kind: 'walks', version: '0', walks });
}

/** The address of a file with such a page. */
export function pageFile(...walks: Walk[]): string {
  const file = join(folder(), 'page.html');
  writeFileSync(file, pageText(...walks));
  return pathToFileURL(file).href;
}
