/** `mmucheck orders`: in which orders some steps of a variant are safe. */
import type { Command } from 'commander';
import type { Finding } from '#explorer';
import { inOrder, outlines } from '#notation';
import { drawOrders, findingsDocument, jsonOrders } from '#report';
import { compare, type EditOptions } from './edits.ts';
import { mustBeWritable, wantedOf, write } from './documents.ts';
import { usage } from './failure.ts';
import { suggestion } from './nearest.ts';
import { withDebug, withSearchOptions, withSuite, withWidth } from './options.ts';
import { painter, print } from './output.ts';
import { ownSuites, suitesOf, type Target, variantNamed } from './suites.ts';
import { version } from './version.ts';

interface OrdersOptions extends EditOptions {
  readonly of: readonly string[];
  readonly json?: string;
  readonly width: number;
  readonly suite?: readonly string[];
}

/** As many steps as have no more than 5040 orders. */
const mostSteps = 7;

/** Adds the verb. */
export function addOrders(program: Command): void {
  const command = program
    .command('orders')
    .summary('try steps of a variant in every order')
    .description(
      'try some steps of a thread in every order, each in the places where they stand, and say which are safe',
    )
    .argument('<model/variant>', 'one that mmucheck list shows')
    .requiredOption('--of <steps>', `two to ${mostSteps} steps of one thread: set_spte,rmap_add`, stepNames)
    .option('--json <file>', 'write the findings as a JSON document; - for standard output, in place of the table')
    .option('--cache <folder>', 'keep results there, and go on from those that are there already');
  withDebug(withWidth(withSuite(withSearchOptions(command)))).action(orders);
}

async function orders(name: string, { of, json, suite, width, ...options }: OrdersOptions): Promise<void> {
  const startedAt = new Date();
  const documents = wantedOf({ json }, ['json']);
  mustBeWritable(documents);
  const target = variantNamed(name, [...(await suitesOf(suite ?? [])), ...ownSuites()]);
  const { thread, steps } = standing(of, target);
  const tried = permutations(steps).map((each) => ({ steps: each, variant: inOrder(target.variant, thread, each) }));
  const { compared, code } = await compare([{ target, variants: tried.map(({ variant }) => variant) }], options);
  process.exitCode = code;
  const [found] = compared;
  if (found === undefined) return;
  const { original, findings } = found;
  const result = {
    original,
    thread,
    tried: tried.map((each) => ({ ...each, finding: findings.get(each.variant) as Finding })),
  };
  if (json !== '-') print(drawOrders(result, { width, paint: painter() }));
  const head = { version: version(), startedAt, ok: code === 0 };
  for (const each of documents) write(each, findingsDocument(head, { orders: jsonOrders(result) }));
}

function stepNames(text: string): string[] {
  const names = text.split(',').map((each) => each.trim());
  if (names.length < 2 || names.length > mostSteps || names.includes(''))
    throw usage(`--of takes two to ${mostSteps} steps, as in --of set_spte,rmap_add, and got "${text}"`);
  const twice = names.find((each, i) => names.indexOf(each) !== i);
  if (twice !== undefined) throw usage(`--of names ${twice} twice; the second one of a list is ${twice}@2`);
  return names;
}

/** The thread that has the steps, and the steps in the order in which it has them. @throws Failure when none has all. */
function standing(names: readonly string[], { suite, variant }: Target): { thread: string; steps: string[] } {
  const lists = outlines(suite, variant).map(({ thread, rows }) => ({
    thread,
    steps: rows.flatMap(({ edit }) => (edit?.kind === 'step dropped' ? edit.of : [])),
  }));
  const all = lists.flatMap(({ steps }) => steps);
  const unknown = names.find((name) => !all.includes(name));
  const place = `${suite.model.name}/${variant}`;
  if (unknown !== undefined)
    throw usage(`${place} has no step ${unknown}${suggestion(unknown, all)}; its steps are ${all.join(', ')}`);
  const found = lists.find(({ steps }) => names.every((name) => steps.includes(name)));
  if (found === undefined) throw usage(`${place}: ${names.join(', ')} are not all steps of one thread`);
  return { thread: found.thread, steps: found.steps.filter((step) => names.includes(step)) };
}

/** Every order of some steps, the one they have first. */
function permutations(steps: readonly string[]): string[][] {
  if (steps.length === 0) return [[]];
  return steps.flatMap((first, i) => permutations(steps.toSpliced(i, 1)).map((rest) => [first, ...rest]));
}
