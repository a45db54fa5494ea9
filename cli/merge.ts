/** `mmucheck merge`: the parts of a run, or several runs, as one. */
import type { Command } from 'commander';
import { withDebug, withWidth } from './options.ts';
import type { ResultFile } from './result-file.ts';
import { ownSuites, suitesOf } from './suites.ts';
import { refuseUnwritable, tell, type VerdictOptions, withVerdicts } from './verdicts.ts';

/** Adds the verb. */
export function addMerge(program: Command): void {
  const command = program
    .command('merge')
    .summary('join the parts of a run')
    .description('join the documents of the parts of a run (check --shard), or of several runs, and report them as one')
    .argument('<document...>', 'files that check --json wrote');
  withDebug(withWidth(withVerdicts(command))).action(merge);
}

async function merge(names: readonly string[], options: VerdictOptions): Promise<void> {
  refuseUnwritable(options);
  const { readResultFile, restored, bad } = await import('./result-file.ts');
  const files = names.map(readResultFile);
  const problem = misfit(files);
  if (problem) throw bad(problem.name, problem.what);
  const named = files.flatMap(({ results }) => results.flatMap(({ file }) => file ?? []));
  const known = [...(await suitesOf(named)), ...ownSuites()];
  const placed = files.flatMap(({ name, shard, results }) =>
    results.map((read, i) => ({ result: restored(read, known, name), place: shard?.places[i] ?? 0 })),
  );
  const results = placed.toSorted((a, b) => a.place - b.place).map(({ result }) => result);
  const starts = files.map(({ startedAt }) => new Date(startedAt)).toSorted((a, b) => Number(a) - Number(b));
  const asked = files.reduce((sum, file) => sum + file.asked, 0);
  tell({ results, asked, startedAt: starts[0] as Date }, options);
}

/** Why some documents cannot be joined, and which of them it is about; undefined when they can. */
function misfit(files: readonly ResultFile[]): { name: string; what: string } | undefined {
  const [first, ...others] = files as [ResultFile, ...ResultFile[]];
  const version = others.find((file) => file.version !== first.version);
  if (version)
    return { name: version.name, what: `is of version ${version.version}, and ${first.name} of ${first.version}` };
  const of = first.shard?.of;
  const other = others.find(({ shard }) => shard?.of !== of);
  if (other) return { name: other.name, what: `is ${partOf(other)}, and ${first.name} is ${partOf(first)}` };
  const alien = others.find(({ shard }) => shard?.run !== first.shard?.run);
  if (alien) return { name: alien.name, what: `is part of a run that was asked for something else than ${first.name}` };
  const seen = new Map<unknown, string>();
  for (const file of files) {
    const { name, shard, results } = file;
    const keys = shard
      ? [shard.index]
      : results.map(({ model, variant, bounds }) => JSON.stringify([model, variant, bounds]));
    const again = keys.find((key) => seen.has(key));
    if (again !== undefined)
      return { name, what: `has what ${seen.get(again)} has too: ${shard ? partOf(file) : again}` };
    for (const key of keys) seen.set(key, name);
    if (shard && shard.places.length !== results.length)
      return { name, what: 'has results without a place in the run' };
  }
  const missing = Array.from({ length: of ?? 0 }, (_, i) => i + 1).filter((index) => !seen.has(index));
  if (missing.length === 0) return undefined;
  return {
    name: `shard ${missing.map((index) => `${index}/${of}`).join(', ')}`,
    what: 'is missing; name the documents of all parts',
  };
}

function partOf({ shard }: ResultFile): string {
  return shard ? `shard ${shard.index}/${shard.of}` : 'a whole run';
}
