/**
 * Writes `model/<folder>/ablation.md`, what `mmucheck ablate` says of right variants: `npm run ablations` builds and runs it. With the names of
 * folders, `npm run ablations -- coalesce`, only those are written.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Suite } from '#notation';
import { foldersOfModels, suitesIn } from '../findings/declared.ts';
import { rightVariantsOf } from './right.ts';

/** A right variant whose lines are tried, at bounds at which that takes minutes at most. A bound that is not named has its default. */
export interface Ablated {
  readonly variant: string;
  readonly bounds: Readonly<Record<string, number>>;
}

const one = { gfn: 1, vcpu: 1 };
const dirtyLog = [
  'rmap-then-dirty',
  'rmap-then-spte-then-dirty',
  'fast-spte-then-dirty',
  'mmu-lock-rmap-then-dirty',
  'mmu-lock-rmap-then-spte-then-dirty',
  'mmu-lock',
  'mmu-lock-rmap-then-dirty-then-spte',
  'mmu-lock-dirty-then-spte-then-rmap',
  'mmu-lock-dirty-then-rmap-then-spte',
  'stores-in-order',
  'store-barrier',
  'fast-without-barrier',
];
const forks = [
  'first-fit',
  'fill-from-last',
  'per-array-counter',
  'per-array-counter-zapped-one-by-one',
  'tail-count',
  'forward-move',
];

/** By the name of the model, where not each right variant is tried once, at its default bounds. */
const chosen: Readonly<Record<string, readonly Ablated[]>> = {
  coalesce: ['install-after-unmap', 'install-before-unmap', 'nt-bit'].map((variant) => ({ variant, bounds: {} })),
  'dirty-log': dirtyLog.map((variant) => ({ variant, bounds: one })),
  'eager-split': [{ variant: 'twice-min-freed-with-vm', bounds: {} }],
  mmu: [{ variant: 'all-together', bounds: { spte: 2, vcpu: 1 } }],
  //  What some locks keep out does not happen at the default bounds.
  'museum/9129633d568e': atEachOf('head-and-tail-added', {}, { vcpu: 1, invalidation: 3 }),
  'museum/9ed5520dd3c9': atEachOf('dirty-when-write-protected', {}, { gfn: 1, vcpu: 2 }),
  'museum/f62d4c3eb687': atEachOf('flush-all-levels', {}, { vcpu: 1, notifier: 2 }),
  'pte-list': [{ variant: 'tail-count', bounds: { head: 1 } }],
  'pte-list-fork': forks.map((variant) => ({ variant, bounds: { spte: 5, desc: 3 } })),
  'rmap-stat': [{ variant: 'corrected', bounds: { gfn: 2, spte: 2 } }],
  'rmap-walk': [{ variant: 'bottom-up', bounds: { head: 1, spte: 3, desc: 2 } }],
  'shadow-page-life': [
    { variant: 'irq-off', bounds: {} },
    { variant: 'always-rcu', bounds: { sp: 1 } },
    { variant: 'rcu-while-flagged', bounds: { sp: 1 } },
  ],
  'tdp-mmu': [
    { variant: 'flush-then-process', bounds: { sp: 1 } },
    { variant: 'flush-then-process', bounds: { gfn: 1 } },
  ],
  'write-protect': [{ variant: 'outside-if-mmu-writable-cleared', bounds: {} }],
  'zap-rmap': [{ variant: 'one-pass', bounds: { spte: 4 } }],
};

/** A variant that is tried more than once. */
function atEachOf(variant: string, ...bounds: Ablated['bounds'][]): Ablated[] {
  return bounds.map((each) => ({ variant, bounds: each }));
}

/** What is tried of a model. */
export function ablatedOf(suite: Suite): readonly Ablated[] {
  return chosen[suite.model.name] ?? rightVariantsOf(suite).map(({ variant }) => ({ variant, bounds: {} }));
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
  for (const file of [...files].toSorted()) hash.update(withoutComments(readFileSync(file, 'utf8')));
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
