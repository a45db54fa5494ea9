/** `mmucheck measure`: a number over all executions, for some variants, as a bound grows. */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { layoutOf, measureNamed } from '#explorer';
import { instantiate, type Measure } from '#notation';
import { drawSteps, drawSweep, exitCodes, plotSvg, replayCommand, type SweepTable } from '#report';
import { Failure, refusing, usage } from './failure.ts';
import { type MeasureJob, type Measurement, runMeasures } from './measurements.ts';
import { suggestion } from './nearest.ts';
import { limitsOf, type SearchOptions, withDebug, withSearchOptions, withSuite, withWidth } from './options.ts';
import { painter, print } from './output.ts';
import { type KnownSuite, ownSuites, suitesOf } from './suites.ts';
import { version } from './version.ts';

/** A bound that grows. */
interface Sizes {
  readonly set: string;
  readonly sizes: readonly number[];
}

interface MeasureOptions extends SearchOptions {
  readonly sweep?: Sizes;
  readonly variants?: readonly string[];
  readonly svg?: string;
  readonly json?: boolean;
  readonly trace?: boolean;
  readonly allowIncomplete?: boolean;
  readonly width: number;
  readonly suite?: readonly string[];
}

/** Adds the verb. */
export function addMeasure(program: Command): void {
  const command = program
    .command('measure')
    .summary('count over all executions, as a bound grows')
    .description('the largest number that a measure comes to in any execution, for each variant and size of a bound')
    .argument('<model>', 'one that mmucheck list shows with measures')
    .argument('[measure]', 'all measures of the model when none is named')
    .option('--sweep <leaf=2..8>', 'the bound that grows; 20..100/20 for every twentieth', sweep)
    .option('--variants <a,b>', 'variants to compare', (text: string) => text.split(','))
    .option('--svg <file>', 'write a figure')
    .option('--json', 'write a JSON document in place of the table')
    .option('--trace', 'draw the execution that comes to the largest number at the largest size')
    .option('--allow-incomplete', 'exit 0 although a limit ended a search');
  withDebug(withWidth(withSuite(withSearchOptions(command)))).action(run);
}

async function run(model: string, name: string | undefined, options: MeasureOptions): Promise<void> {
  const known = [...(await suitesOf(options.suite ?? [])), ...ownSuites()];
  const found = known.find(({ suite }) => suite.model.name === model);
  const models = known.map(({ suite }) => suite.model.name);
  if (found === undefined)
    throw usage(`there is no model ${model}${suggestion(model, models)}; the models are ${models.join(', ')}`);
  const names = Object.keys(found.suite.measures);
  if (names.length === 0) {
    const measured = known.filter(({ suite }) => Object.keys(suite.measures).length > 0);
    throw usage(
      `${model} has no measures; those that have are ${measured.map(({ suite }) => suite.model.name).join(', ')}`,
    );
  }
  if (name !== undefined && !names.includes(name))
    throw usage(`${model} has no measure ${name}${suggestion(name, names)}; it has ${names.join(', ')}`);
  if (options.svg !== undefined && name === undefined && names.length > 1)
    throw usage(`--svg is for one measure; name one of ${names.join(', ')}`);
  const results: { table: SweepTable; measurements: Measurement[] }[] = [];
  for (const each of name === undefined ? names : [name]) results.push(await measured(found, each, options));
  const { width } = options;
  if (options.json) process.stdout.write(document(results));
  else {
    print(
      results
        .map(({ table, measurements }) =>
          [drawSweep(table, { width, paint: painter() }), ...(options.trace ? traces(measurements, width) : [])].join(
            '\n\n',
          ),
        )
        .join('\n\n\n'),
    );
  }
  const [first] = results;
  if (options.svg !== undefined && first) written(options.svg, plotSvg(first.table));
  const finished = results.every(({ measurements }) => measurements.every(({ stopped }) => stopped === undefined));
  process.exitCode = finished || options.allowIncomplete ? exitCodes.asExpected : exitCodes.incomplete;
}

/** One measure of a suite, for its variants and sizes or those that were asked for. */
export async function measured(known: KnownSuite, name: string, options: MeasureOptions) {
  const { suite, file } = known;
  const { model } = suite;
  const measure = refusing(() => measureNamed(suite, name));
  const { set, sizes } = options.sweep ?? { set: measure.sweep.set, sizes: sizesOf(measure.sweep) };
  const variants = options.variants ?? measure.sweep.variants;
  const unknown = variants.find((variant) => !Object.hasOwn(model.variants, variant));
  if (unknown !== undefined)
    throw usage(`${model.name} has no variant ${unknown}${suggestion(unknown, Object.keys(model.variants))}`);
  const { jobs: atOnce, maxMemory } = options;
  const limits = limitsOf(options);
  const fixed = { ...measure.sweep.bounds, ...options.bounds };
  const jobs = variants.flatMap((variant) =>
    sizes.map((size): MeasureJob => {
      const bounds = { ...fixed, [set]: size };
      refusing(() => layoutOf(instantiate(model, variant, bounds)));
      return { file, model: model.name, variant, bounds, symmetry: false, limits, maxMemory, measure: name };
    }),
  );
  const measurements = await runMeasures(suite, jobs, atOnce);
  return { table: tableOf(model.name, name, measure, set, measurements), measurements };
}

/** Measurements of one measure as a table: the variants, each at every size. */
export function tableOf(
  model: string,
  name: string,
  measure: Measure<never>,
  set: string,
  measurements: readonly Measurement[],
): SweepTable {
  const variants = [...new Set(measurements.map(({ variant }) => variant))];
  const { [set]: _, ...bounds } = measurements[0]?.bounds ?? {};
  const rows = variants.map((variant) => ({
    variant,
    cells: measurements
      .filter((each) => each.variant === variant)
      .map((each) => ({ size: each.bounds[set] as number, value: each.value, stopped: each.stopped })),
  }));
  return {
    model,
    measure: name,
    what: measure.what,
    set,
    bounds,
    rows,
    published: measure.published,
    unsaid: measure.unsaid,
  };
}

/** The sizes of a sweep. */
export function sizesOf({ from, to, by = 1 }: { from: number; to: number; by?: number }): number[] {
  return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, i) => from + i * by);
}

/** `leaf=2..8`, `huge=20..100/20`. Whether the set is known, and how large it may be, is for the model to say. */
function sweep(text: string): Sizes {
  const [, set, from, to, by = '1'] = /^\s*([\w$]+)=(\d+)\.\.(\d+)(?:\/(\d+))?\s*$/.exec(text) ?? [];
  if (set === undefined || Number(from) >= Number(to) || Number(by) < 1)
    throw usage(`--sweep: "${text}" is not of the form leaf=2..8 or huge=20..100/20, with the larger size last`);
  return { set, sizes: sizesOf({ from: Number(from), to: Number(to), by: Number(by) }) };
}

/** For each variant, the execution that comes to the largest number at the largest size that was finished. */
function traces(measurements: readonly Measurement[], width: number): string[] {
  const last = new Map(measurements.filter(({ trace }) => trace !== undefined).map((each) => [each.variant, each]));
  return [...last.values()].flatMap(({ variant, value, trace }) =>
    trace === undefined
      ? []
      : [`${variant}, ${value}:`, drawSteps(trace, { width, paint: painter() }), replayCommand(trace)],
  );
}

function document(results: readonly { table: SweepTable; measurements: readonly Measurement[] }[]): string {
  const measures = results.map(({ table, measurements }) => ({
    model: table.model,
    measure: table.measure,
    what: table.what,
    sweep: table.set,
    results: measurements.map(({ variant, bounds, states, transitions, stopped, value, trace }) => ({
      variant,
      bounds,
      states,
      transitions,
      ...(stopped === undefined ? { value: value === Number.POSITIVE_INFINITY ? 'unbounded' : value } : { stopped }),
      ...(trace === undefined ? {} : { replay: replayCommand(trace) }),
    })),
  }));
  return `${JSON.stringify({ tool: 'mmucheck', version: version(), measures }, null, 2)}\n`;
}

function written(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new Failure(exitCodes.system, `--svg: ${file} cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
