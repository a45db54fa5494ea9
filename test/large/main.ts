/**
 * Variants at larger bounds than their default ones: `npm run check:large -- [variant]…`. Prints exact counts, and exits with 0 when
 * each is what its suite expects and has as many states as `suite.json` says.
 */
import { readFileSync } from 'node:fs';
import { checkVariant, type VariantResult } from '#explorer';
import { shippedSuites } from '../shipped.ts';

/** One variant, as a suite file of a CI has it; `states` are exact here. */
interface Large {
  readonly variant: string;
  readonly bounds: Readonly<Record<string, number>>;
  readonly states: number;
}

const { variants } = JSON.parse(readFileSync(new URL('suite.json', import.meta.url), 'utf8')) as {
  variants: readonly Large[];
};
const named = process.argv.slice(2);
const chosen = variants.filter(({ variant }) => named.length === 0 || named.includes(variant));
const unknown = named.filter((name) => chosen.every(({ variant }) => variant !== name));
if (unknown.length > 0) {
  console.error(`check:large: there is no ${unknown.join(', ')} in test/large/suite.json`);
  process.exit(150);
}

const wrong = chosen.filter((large) => !isRight(large));
console.log(`check:large: ${chosen.length - wrong.length} of ${chosen.length} as expected`);
process.exitCode = wrong.length > 0 ? 1 : 0;

/** Checks one, and says what came out. */
function isRight({ variant: name, bounds, states }: Large): boolean {
  const [model, variant] = [name.slice(0, name.lastIndexOf('/')), name.slice(name.lastIndexOf('/') + 1)];
  const suite = shippedSuites.find((each) => each.model.name === model);
  if (suite === undefined) throw new Error(`test/large/suite.json: there is no model ${model}`);
  const result = checkVariant(suite, variant, { bounds, limits: { memory: 8 * 2 ** 30 } });
  const { asExpected, transitions, depth, seconds } = result;
  console.log(
    `${name} at ${Object.entries(result.bounds)
      .map(([set, size]) => `${set}=${size}`)
      .join(', ')}`,
  );
  console.log(
    `  ${verdict(result)}: ${result.states} states, ${transitions} transitions, ${depth} deep, ${Math.round(seconds)} s`,
  );
  if (!asExpected) console.log('  this is not what its suite expects');
  if (result.states !== states) console.log(`  test/large/suite.json says ${states} states`);
  return asExpected && result.states === states;
}

function verdict({ outcome, stopped, claims }: VariantResult): string {
  if (stopped) return `not decided, stopped by the limit on ${stopped}`;
  const violated = claims.filter((claim) => claim.outcome === 'violated').map((claim) => claim.name);
  return violated.length > 0 ? `violated as to ${violated.join(', ')}` : outcome;
}
