/** `mmucheck graph`: the states of a variant and the steps between them, or what steps do to one object. */
import type { Command } from 'commander';
import { layoutOf } from '#explorer';
import { instantiate } from '#notation';
import { objectsOf } from '#report';
import { mustBeWritable, wantedOf, write } from './documents.ts';
import { drawing } from './drawings.ts';
import { refusing, usage } from './failure.ts';
import { svgOf } from './layout.ts';
import { suggestion } from './nearest.ts';
import { limitsOf, type SearchOptions, whole, withBoundsAndLimits, withDebug, withSuite } from './options.ts';
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
  const { suite, variant, file } = target;
  const { bounds = {}, maxMemory, nodes, rv: object } = options;
  const instance = refusing(() => instantiate(suite.model, variant, bounds));
  refusing(() => layoutOf(instance));
  if (object !== undefined) mustBeObject(object, objectsOf(instance), name);
  const text = await drawing({
    file,
    model: suite.model.name,
    variant,
    bounds,
    symmetry: false,
    limits: limitsOf(options),
    maxMemory,
    graph: { claim: wanted, nodes, object },
  });
  for (const each of documents) write(each, each.name === 'dot' ? text : await svgOf(text, layoutSeconds));
}

function mustBeObject(object: string, objects: readonly string[], name: string): void {
  if (objects.includes(object)) return;
  const top = objects.filter((path) => !/[.[]/.test(path));
  throw usage(`${name} has no object ${object}${suggestion(object, objects)}; its state has ${top.join(', ')}`);
}
