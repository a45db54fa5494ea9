/**
 * Writes `model/<folder>/ablation.md`, what `mmucheck ablate` says of right variants: `npm run ablations` builds and runs it. With the names of
 * folders, `npm run ablations -- coalesce`, only those are written.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A right variant whose lines are tried, at bounds at which that takes minutes at most. A bound that is not named has its default. */
export interface Ablated {
  readonly variant: string;
  readonly bounds: Readonly<Record<string, number>>;
}

const one = { gfn: 1, vcpu: 1 };
const coalesce = [
  'install-after-unmap',
  'install-before-unmap',
  'flush-range',
  'free-in-callback',
  'clean-in-map',
  'nt-bit',
  'parallel',
  'parallel-walk-on',
];
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
const eagerSplit = [
  'min-is-capacity-freed-with-vm',
  'min-is-capacity-freed-by-shrinker',
  'min-is-capacity-freed-by-switch',
  'twice-min-freed-with-vm',
  'twice-min-freed-by-shrinker',
  'twice-min-freed-by-switch',
  'min-and-few-freed-with-vm',
  'min-and-few-freed-by-shrinker',
  'min-and-few-freed-by-switch',
  'flush-only-then',
];
const writeProtect = [
  'inside-if-writable',
  'inside-if-mmu-writable',
  'outside-if-mmu-writable',
  'inside-if-mmu-writable-cleared',
  'outside-if-mmu-writable-cleared',
  'log-flushes-if-mmu-writable',
  'large-read-only',
  'large-dropped',
  'initially-set',
  'initially-set-copy-fails',
];
const zapRmap = [
  'repeated-remove',
  'one-pass',
  'first-fit-repeated-remove',
  'fill-from-last-repeated-remove',
  'forward-move-repeated-remove',
  'tail-count-repeated-remove',
  'tail-count-one-pass',
  'repeated-remove-yields',
];

/** By the folder of the model, and by the name of the model in it. */
export const ablated: Readonly<Record<string, readonly Ablated[]>> = {
  coalesce: coalesce.map((variant) => ({ variant, bounds: {} })),
  'dirty-log': dirtyLog.map((variant) => ({ variant, bounds: one })),
  'eager-split': eagerSplit.map((variant) => ({ variant, bounds: {} })),
  'fast-page-fault': ['level-one', 'large-unless-logged'].map((variant) => ({ variant, bounds: {} })),
  memslot: [{ variant: 'invalid-then-zap', bounds: {} }],
  mmu: [{ variant: 'all-together', bounds: { spte: 2, vcpu: 1 } }],
  notifier: ['retry', 'retry-by-range'].map((variant) => ({ variant, bounds: {} })),
  'pte-list': [
    { variant: 'tail-count', bounds: { head: 1 } },
    { variant: 'forward-move', bounds: { head: 1, spte: 3, desc: 2 } },
    { variant: 'demote-to-inline', bounds: {} },
    { variant: 'unzeroed-initialised', bounds: { head: 1, spte: 3, desc: 2 } },
  ],
  'rmap-lock': [{ variant: 'lock-bit', bounds: {} }],
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
    { variant: 'process-then-flush', bounds: { sp: 1 } },
    { variant: 'process-then-flush', bounds: { gfn: 1 } },
  ],
  'vm-reference': [{ variant: 'get-unless-zero', bounds: {} }],
  'write-protect': writeProtect.map((variant) => ({ variant, bounds: {} })),
  'zap-rmap': zapRmap.map((variant) => ({ variant, bounds: { spte: 4 } })),
};

const root = join(import.meta.dirname, '../..');

/** A hash of the texts that the listings of a folder depend on: its model, the suite, what they share with others, and what is tried. */
export function sourcesOf(folder: string): string {
  const own = readdirSync(join(root, 'model', folder))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(root, 'model', folder, file));
  const files = new Set([...own, join(root, 'invariants', `${folder}.ts`)]);
  for (const file of files) {
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/from '(\..+\.ts)';$/gm))
      files.add(join(dirname(file), path));
  }
  const hash = createHash('sha256').update(JSON.stringify(ablated[folder]));
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
  for (const [folder, variants] of Object.entries(ablated)) {
    if (named.length > 0 && !named.includes(folder)) continue;
    const said = variants.map((each) => ablate(folder, each));
    writeFileSync(join(root, 'model', folder, 'ablation.md'), ablationDocument(folder, said));
    console.log(`model/${folder}/ablation.md`);
  }
}
