/** `mmucheck list`: what there is. */
import type { Command } from 'commander';
import { sentenceOf } from '#notation';
import { type Paint, paragraph } from '#report';
import { withDebug, withSuite, withWidth } from './options.ts';
import { painter, print } from './output.ts';
import { type KnownSuite, targetsOf } from './suites.ts';

/** Adds the verb. */
export function addList(program: Command): void {
  const command = program
    .command('list')
    .summary('list models, claims and variants')
    .description('list models with their bounds, claims and variants')
    .argument('[what...]', 'model or file.ts; all of our own models when nothing is named');
  withDebug(withWidth(withSuite(command))).action(list);
}

async function list(named: readonly string[], options: { width: number; suite?: readonly string[] }): Promise<void> {
  const suites = new Map((await targetsOf(named, options.suite ?? [], [])).map((target) => [target.suite, target]));
  const paint = painter();
  print([...suites.values()].map((suite) => described(suite, options.width, paint).join('\n')).join('\n\n'));
}

function described({ suite, file }: KnownSuite, width: number, paint: Paint): string[] {
  const { model, invariants, reachable, leadsTo, eventually, violated, measures } = suite;
  const variants = Object.entries(model.variants);
  const longest = Math.max(...variants.map(([name]) => name.length));
  return [
    ...paragraph('', `${model.name}: ${model.about}`, width).map((line, i) => (i === 0 ? paint('strong', line) : line)),
    ...(file === undefined ? [] : [`  from ${file}`]),
    `  bounds: ${sizes(model.bounds)}`,
    ...(model.initial.length > 0
      ? paragraph('  starts: ', model.initial.map(({ name }) => name).join(', '), width)
      : []),
    '  invariants',
    ...claims(invariants, width),
    ...(Object.keys(reachable).length > 0 ? ['  reachable, or the model is vacuous', ...claims(reachable, width)] : []),
    ...(Object.keys(leadsTo).length > 0 ? ['  what leads to what', ...claims(leadsTo, width)] : []),
    ...(Object.keys(eventually).length > 0 ? ['  what happens at some time', ...claims(eventually, width)] : []),
    ...(Object.keys(measures).length > 0 ? ['  measures, each the largest number of'] : []),
    ...Object.entries(measures).flatMap(([name, { what }]) => [`    ${name}`, ...paragraph('      ', what, width)]),
    '  variants, and what each is expected to violate',
    ...variants.flatMap(([name, { bounds }]) => {
      const expected = violated[name] ?? [];
      const own = bounds === undefined ? [] : [`at ${sizes(bounds)}`];
      const text = [expected.length > 0 ? expected.join(', ') : '-', ...own].join(', ');
      return paragraph(`    ${name.padEnd(Math.min(longest, width - 32))}  `, text, width);
    }),
  ];
}

function claims(of: Readonly<Record<string, object>>, width: number): string[] {
  return Object.entries(of).flatMap(([name, claimed]) => {
    const sentence = sentenceOf(claimed);
    return [`    ${name}`].concat(sentence === undefined ? [] : paragraph('      ', sentence, width));
  });
}

function sizes(bounds: Readonly<Record<string, number>>): string {
  return Object.entries(bounds)
    .map(([set, size]) => `${set}=${size}`)
    .join(', ');
}
