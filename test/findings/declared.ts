/** Which models are declared in which folder, as their sources say. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Suite } from '#notation';
import { shippedSuites } from '../shipped.ts';

export const modelFolder = join(import.meta.dirname, '../../model');

/** A model, and what the comment at the head of its file says of it. */
interface Declared {
  readonly name: string;
  readonly header: string;
}

/** The models that are declared in a folder. */
export function declaredIn(folder: string): Declared[] {
  return readdirSync(join(modelFolder, folder)).flatMap((file) => {
    if (!file.endsWith('.ts')) return [];
    const source = readFileSync(join(modelFolder, folder, file), 'utf8');
    const name = /\bmodel\(\{\n {2}name: '([^']+)'/.exec(source)?.[1];
    return name === undefined ? [] : [{ name, header: headerOf(source) }];
  });
}

/** The suites of these models. */
export function suitesIn(folder: string): Suite[] {
  return declaredIn(folder).flatMap(({ name }) => shippedSuites.filter(({ model }) => model.name === name));
}

/** The folders in which models are declared. */
export function foldersOfModels(): string[] {
  return readdirSync(modelFolder).filter((folder) => !folder.endsWith('.ts') && declaredIn(folder).length > 0);
}

/** The comment at the head of a file, a line for each paragraph. */
function headerOf(source: string): string {
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(source)?.[1] ?? '';
  return comment
    .replace(/^\s*\* ?/gm, '')
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, ' '))
    .join('\n\n');
}
