import { expect, test } from 'vitest';
import { instantiate } from '#notation';
import { shippedVariants, suiteOf } from '../shipped.ts';
import { type Large, largeVariants } from './variants.ts';

const shipped = shippedVariants();

function title({ variant, bounds }: Large): string {
  return `${variant} at ${JSON.stringify(bounds)}`;
}

test.each(largeVariants.map((large) => [title(large), large] as const))(
  '%s has a bound larger than its default, and is to come out as its suite says',
  (_, { variant: name, bounds, verdict, violated = [] }) => {
    const { model, variant } = shipped.find((each) => each.name === name) ?? expect.fail('is no variant');
    const usual = instantiate(model, variant).bounds;
    const sizes = Object.entries(instantiate(model, variant, bounds).bounds);
    expect(sizes.some(([set, size]) => size > (usual[set] ?? 0))).toBe(true);
    expect(suiteOf(model).violated[variant]).toEqual(violated);
    expect(verdict).toBe(violated.length > 0 ? 'violated' : 'holds');
  },
);

test('no two lines of the list are the same', () => {
  expect(new Set(largeVariants.map(title)).size).toBe(largeVariants.length);
});
