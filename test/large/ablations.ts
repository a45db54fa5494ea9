/**
 * Writes `model/<folder>/ablation.md`, what `mmucheck ablate` says of right variants: `npm run ablations` builds and runs it. With the names of
 * folders, `npm run ablations -- coalesce`, only those are written.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Suite } from '#notation';
import { foldersOfModels, suitesIn } from '../findings/declared.ts';
import { rightVariantsOf } from './right.ts';

type Bounds = Readonly<Record<string, number>>;

/** A right variant whose lines are tried. A bound that is not named has its default. */
interface Ablated {
  readonly variant: string;
  readonly bounds: Bounds;
}

/** Of models, and of variants by their whole names: bounds at which it takes minutes at most, or at which more is needed. */
export const otherBounds: Readonly<Record<string, readonly Bounds[]>> = {
  'dirty-log': [{ gfn: 1, vcpu: 1 }],
  mmu: [{ spte: 2, vcpu: 1 }],
  //  What some locks keep out does not happen at the default bounds.
  'museum/9129633d568e': [{}, { vcpu: 1, invalidation: 3 }],
  'museum/9ed5520dd3c9': [{}, { gfn: 1, vcpu: 2 }],
  'museum/f62d4c3eb687': [{}, { vcpu: 1, notifier: 2 }],
  'pte-list': [{ head: 1 }],
  'pte-list/demote-to-inline': [{}],
  //  Among their edits are zaps that go round within one step, in each state anew.
  'pte-list/forward-move': [{ head: 1, spte: 3, desc: 2 }],
  'pte-list/unzeroed-initialised': [{ head: 1, spte: 3, desc: 2 }],
  'pte-list-fork': [{ spte: 5, desc: 3 }],
  'rmap-stat': [{ gfn: 2, spte: 2 }],
  'rmap-walk': [{ head: 1, spte: 3, desc: 2 }],
  'shadow-page-life': [{ sp: 1 }],
  'shadow-page-life/irq-off': [{}],
  'tdp-mmu': [{ sp: 1 }, { gfn: 1 }],
  'zap-rmap': [{ spte: 4 }],
};

/** What is tried of a model: all that is right. */
export function ablatedOf(suite: Suite): Ablated[] {
  return rightVariantsOf(suite).flatMap(({ variant, name }) => {
    const several = otherBounds[name] ?? otherBounds[suite.model.name] ?? [{}];
    return several.map((bounds) => ({ variant, bounds }));
  });
}

const root = join(import.meta.dirname, '../..');

/** The sources in a folder, if there is one. */
function sourcesIn(folder: string): string[] {
  const path = join(root, folder);
  const files = existsSync(path) ? readdirSync(path) : [];
  return files.filter((file) => file.endsWith('.ts')).map((file) => join(path, file));
}

/** A hash of the texts that the listings of a folder depend on: its models, their suites, what they share with others, and what is tried. */
export function sourcesOf(folder: string): string {
  const suites = suitesIn(folder);
  const claims = suites.map(({ model }) => join(root, 'invariants', `${model.name}.ts`)).filter(existsSync);
  const files = new Set([...sourcesIn(`model/${folder}`), ...sourcesIn(`invariants/${folder}`), ...claims]);
  for (const file of files) {
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/from '(\..+\.ts)';$/gm))
      files.add(join(dirname(file), path));
  }
  const hash = createHash('sha256');
  for (const suite of suites) hash.update(JSON.stringify(ablatedOf(suite)));
  // Where in the kernel a step stands makes no difference to it.
  const told = [...files].filter((file) => basename(file) !== 'source.ts').toSorted();
  for (const file of told) hash.update(withoutComments(readFileSync(file, 'utf8')));
  return hash.digest('hex').slice(0, 16);
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').replace(/\s+/g, ' ');
}

/** What is written of a folder, given what the command says of each variant. */
export function ablationDocument(folder: string, said: readonly string[]): string {
  return `${[
    `# Which steps ${folder} needs`,
    `<!-- Written by \`npm run ablations\` from sources ${sourcesOf(folder)}. Why a step is there that is not shown needed stands in notes.md. -->`,
    ...said.map((text) => `\`\`\`text\n${text.trim()}\n\`\`\``),
  ].join('\n\n')}\n`;
}

function ablate(model: string, { variant, bounds }: Ablated): string {
  const sizes = Object.entries(bounds).map(([set, size]) => `${set}=${size}`);
  const options = [
    '--width',
    '100',
    '--max-states',
    '1000000',
    ...(sizes.length > 0 ? ['--bounds', sizes.join()] : []),
  ];
  return execFileSync(process.execPath, [join(root, 'dist/cli/main.js'), 'ablate', `${model}/${variant}`, ...options], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

if (process.argv[1] === import.meta.filename) {
  const named = process.argv.slice(2);
  for (const folder of foldersOfModels()) {
    if (named.length > 0 && !named.includes(folder)) continue;
    const said = suitesIn(folder).flatMap((suite) => ablatedOf(suite).map((each) => ablate(suite.model.name, each)));
    writeFileSync(join(root, 'model', folder, 'ablation.md'), ablationDocument(folder, said));
    console.log(`model/${folder}/ablation.md`);
  }
}
