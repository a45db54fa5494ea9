/** `mmucheck graph`: the states of a variant and the steps between them, or what steps do to one object. */
import type { Command } from 'commander';
import { executed, pathTo, search, type Searched, type Trace } from '#explorer';
import { instantiate, type Suite } from '#notation';
import { type Automaton, automatonOf, dot, exitCodes, objectsOf, rv, stateGraphOf } from '#report';
import { mustBeWritable, wantedOf, write } from './documents.ts';
import { Failure, isSentence, refusing, usage } from './failure.ts';
import { svgOf } from './layout.ts';
import { suggestion } from './nearest.ts';
import { limitsOf, type SearchOptions, whole, withBoundsAndLimits, withDebug, withSuite } from './options.ts';
import { progressLine } from './progress.ts';
import { memoryFor } from './run-memory.ts';
import { claimNamed, ownSuites, suitesOf, variantNamed } from './suites.ts';

interface GraphOptions extends SearchOptions {
  readonly suite?: readonly string[];
  readonly dot?: string;
  readonly svg?: string;
  readonly rv?: string;
  readonly nodes: number;
}

/** Seconds that Graphviz has for each of its ways to lay out a graph. */
const layoutSeconds = 20;

/** Adds the verb. */
export function addGraph(program: Command): void {
  const command = program
    .command('graph')
    .summary('draw states and steps')
    .description('write the states of a variant and the steps between them as a graph, for Graphviz or as a picture')
    .argument('<model/variant>', 'one that mmucheck list shows, or one derived from it by its name')
    .argument(
      '[claim]',
      'whose trace is in the middle, where not all states are drawn; the shortest when none is named',
    )
    .option('--dot <file>', 'write it as Graphviz reads it; to standard output when nothing is named')
    .option('--svg <file>', 'write it as a picture')
    .option(
      '--rv <object>',
      'in place of all states, what steps do to one object (spte[0], mmu_lock, vcpu0): rvgen reads it',
    )
    .option('--nodes <n>', 'states that are drawn; of more, those near the trace', whole('--nodes'), 150);
  withDebug(withSuite(withBoundsAndLimits(command))).action(graph);
}

async function graph(name: string, claim: string | undefined, options: GraphOptions): Promise<void> {
  const target = variantNamed(name, [...(await suitesOf(options.suite ?? [])), ...ownSuites()]);
  const wanted = claim === undefined ? undefined : claimNamed(claim, target);
  const named = wantedOf(options, ['dot', 'svg']);
  const documents = named.length > 0 ? named : [{ name: 'dot' as const, option: '--dot', file: '-' }];
  mustBeWritable(documents);
  const { suite, variant } = target;
  const instance = refusing(() => instantiate(suite.model, variant, options.bounds));
  const object = options.rv;
  if (object !== undefined) mustBeObject(object, objectsOf(instance), name);
  const line = progressLine(process.stderr, process.env);
  const searched = search(
    instance,
    suite,
    { ...limitsOf(options), memory: memoryFor(1, 1, options.maxMemory) },
    {
      onProgress: (progress) => line.show(name, progress, { finished: 0, all: 1 }),
    },
  );
  line.clear();
  if (searched.stopped) {
    const why = `the limit on ${searched.stopped} ended the search at ${searched.states} states`;
    throw new Failure(
      exitCodes.incomplete,
      `${name}: ${why}, and a graph needs all of them; raise it, or lower a bound`,
    );
  }
  const text =
    object === undefined
      ? dot(stateGraphOf(searched, traceOf(searched, suite, wanted, name), options.nodes))
      : rv(automaton(searched, object));
  for (const each of documents) write(each, each.name === 'dot' ? text : await svgOf(text, layoutSeconds));
}

/** @throws Failure when it is too large to be of use. */
function automaton(searched: Searched, object: string): Automaton {
  try {
    return automatonOf(searched, object);
  } catch (error) {
    if (isSentence(error)) throw usage(`--rv ${object}: ${error.message}`, error);
    throw error;
  }
}

/** The trace of a claim, or the shortest of any; undefined where nothing is violated. */
function traceOf(searched: Searched, suite: Suite, claim: string | undefined, name: string): Trace | undefined {
  const { violations, machine } = searched;
  const [shortest] = [...violations].toSorted(([, a], [, b]) => a.length - b.length);
  const chosen = claim ?? shortest?.[0];
  const found = chosen === undefined ? undefined : violations.get(chosen);
  if (claim !== undefined && found === undefined)
    throw new Failure(
      exitCodes.unmet,
      `${name}: ${claim} is not violated; leave it out to draw the states around the start`,
    );
  if (chosen === undefined || found === undefined) return undefined;
  const { initial, steps } = pathTo(searched, found, chosen);
  return executed(machine.instance, initial, steps, suite.invariants[chosen]);
}

function mustBeObject(object: string, objects: readonly string[], name: string): void {
  if (objects.includes(object)) return;
  const top = objects.filter((path) => !/[.[]/.test(path));
  throw usage(`${name} has no object ${object}${suggestion(object, objects)}; its state has ${top.join(', ')}`);
}
