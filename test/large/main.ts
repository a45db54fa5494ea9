/**
 * Variants at larger bounds than their default ones: `npm run check:large -- [variant]…`. Prints exact counts, and exits with 0 when
 * each is what its suite expects and has as many states as `suite.json` says.
 */
import { checkVariant, type VariantResult } from '#explorer';
import { shippedVariants, suiteOf } from '../shipped.ts';
import { type Large, largeVariants } from './variants.ts';

const named = process.argv.slice(2);
const chosen = largeVariants.filter(({ variant }) => named.length === 0 || named.includes(variant));
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
  const shipped = shippedVariants().find((each) => each.name === name);
  if (shipped === undefined) throw new Error(`test/large/suite.json: there is no variant ${name}`);
  const result = checkVariant(suiteOf(shipped.model), shipped.variant, { bounds, limits: { memory: 8 * 2 ** 30 } });
  const sizes = Object.entries(result.bounds).map(([set, size]) => `${set}=${size}`);
  const { transitions, depth, seconds } = result;
  console.log(`${name} at ${sizes.join(', ')}`);
  console.log(`  ${verdict(result)}`);
  console.log(`  ${result.states} states, ${transitions} transitions, ${depth} deep, ${Math.round(seconds)} s`);
  if (!result.asExpected) console.log('  this is not what its suite expects');
  if (result.states !== states) console.log(`  test/large/suite.json says ${states} states`);
  return result.asExpected && result.states === states;
}

function verdict({ outcome, stopped, claims }: VariantResult): string {
  if (stopped) return `not decided: stopped by the limit on ${stopped}`;
  const violated = claims.filter((claim) => claim.outcome === 'violated').map((claim) => claim.name);
  return violated.length > 0 ? `violated: ${violated.join(', ')}` : outcome;
}
