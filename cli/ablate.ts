/** `mmucheck ablate`: which steps, locks and orders a variant needs. */
import type { Command } from 'commander';
import type { Finding } from '#explorer';
import { isDerived, outlines } from '#notation';
import { countedFindings, drawAblation, findingsDocument, jsonAblation, wrapped } from '#report';
import { compare, type EditOptions } from './edits.ts';
import { mustBeWritable, wantedOf, write } from './documents.ts';
import { usage } from './failure.ts';
import { withDebug, withSearchOptions, withSuite, withWidth } from './options.ts';
import { painter, print } from './output.ts';
import { type Target, targetsOf } from './suites.ts';
import { version } from './version.ts';

interface AblateOptions extends EditOptions {
  readonly json?: string;
  readonly replay?: boolean;
  readonly width: number;
  readonly suite?: readonly string[];
}

/** Why a word that orders loads is not tried. */
const message = 'no load is late';

/** Adds the verb. */
export function addAblate(program: Command): void {
  const command = program
    .command('ablate')
    .summary('say which steps and locks are needed')
    .description(
      'try a variant without each step and each lock, with each two neighbours swapped, and under tso or pso with each barrier and atomic weakened, and say what breaks',
    )
    .argument('<what...>', 'model/variant; of a model or file.ts, each variant that violates nothing')
    .option('--replay', 'print the line that replays what breaks under each line')
    .option('--json <file>', 'write the findings as a JSON document; - for standard output, in place of the listing')
    .option('--cache <folder>', 'keep results there, and go on from those that are there already');
  withDebug(withWidth(withSuite(withSearchOptions(command)))).action(ablate);
}

async function ablate(
  named: readonly string[],
  { json, replay, suite, width, ...options }: AblateOptions,
): Promise<void> {
  const startedAt = new Date();
  const documents = wantedOf({ json }, ['json']);
  mustBeWritable(documents);
  const wanted = (await rightOnes(named, suite ?? [])).map((target) => {
    const threads = outlines(target.suite, target.variant);
    const rows = threads.flatMap((each) => each.rows);
    const named = (undecided: boolean) =>
      rows.flatMap(({ edit, derived }) => ((edit?.orders === 'loads') === undecided ? (derived ?? []) : []));
    const undecided = named(true).map((variant): [string, Finding] => [variant, { kind: 'not decidable', message }]);
    return { target, threads, variants: named(false), undecided };
  });
  const { compared, signal, code } = await compare(wanted, options);
  const ablations = compared.map(({ target, original, findings }) => {
    const { threads = [], undecided = [] } = wanted.find((each) => each.target === target) ?? {};
    return { original, threads, findings: new Map([...findings, ...undecided]), suiteFile: target.file };
  });
  if (json !== '-') {
    const findings = ablations.flatMap((each) => [...each.findings.values()]);
    const edits = `${findings.length} edits of ${ablations.length} ${ablations.length === 1 ? 'variant' : 'variants'}`;
    print(
      [
        ...ablations.map((each) => drawAblation(each, { width, replay, paint: painter(), suiteFile: each.suiteFile })),
        ...(signal ? [`interrupted by ${signal}`] : []),
        wrapped(`mmucheck: ${edits}: ${countedFindings(findings)}`, width).join('\n'),
      ].join('\n\n'),
    );
  }
  const head = { version: version(), startedAt, ok: code === 0 };
  for (const each of documents) write(each, findingsDocument(head, { ablations: ablations.map(jsonAblation) }));
  process.exitCode = code;
}

/** The variants that are named; of a whole model or file those that violate nothing. @throws Failure when that leaves none. */
async function rightOnes(named: readonly string[], files: readonly string[]): Promise<Target[]> {
  const found = await Promise.all(
    named.map(async (name) => {
      const targets = await targetsOf([name], files, []);
      const byName = targets.filter(
        ({ suite, variant }) => `${suite.model.name}/${variant}` === name || isDerived(variant),
      );
      const right = targets.filter(({ suite, variant }) => suite.violated[variant]?.length === 0);
      if (byName.length === 0 && right.length === 0)
        throw usage(`every variant of ${name} violates something; name the one you mean, as in ${name}/variant`);
      return byName.length > 0 ? byName : right;
    }),
  );
  const all = found.flat();
  const same = (a: Target, b: Target) =>
    a.file === b.file && a.suite.model.name === b.suite.model.name && a.variant === b.variant;
  return all.filter((each, i) => all.findIndex((other) => same(each, other)) === i);
}
