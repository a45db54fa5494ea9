/** The suite file that asks for what came out of a check. */
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClaimResult } from '#explorer';
import { orderIn } from '#notation';
import type { Reported } from '#report';
import type { CiSuite, CiVariant } from './ci-suite.ts';
import { jsonText } from './json-text.ts';

/**
 * The bounds, the verdicts, every claim and witness, and as many states as were found.
 * @param file where it will lie, from where it names its schema and the files of suites.
 */
export function ciSuiteText(results: readonly Reported[], file: string): string {
  const from = (to: string) => relativeTo(dirname(resolve(file)), to);
  const files = [...new Set(results.flatMap((result) => result.file ?? []))];
  const schema = new URL('docs/mmucheck.suite.schema.json', import.meta.resolve('mmucheck/package.json'));
  const made: CiSuite = {
    $schema: from(fileURLToPath(schema)),
    ...(files.length > 0 ? { suites: files.map((each) => from(resolve(each))) } : {}),
    variants: results.map(variantOf),
  };
  return jsonText(made);
}

/** A path as files name each other: from a folder, with slashes. */
function relativeTo(folder: string, path: string): string {
  const way = relative(folder, path).split(sep).join('/');
  return way.startsWith('../') ? way : `./${way}`;
}

function variantOf({ model, variant, bounds, memory, symmetry, claims, states }: Reported): CiVariant {
  const named = (outcome: string, ...kinds: readonly ClaimResult['kind'][]) =>
    claims.filter((claim) => kinds.includes(claim.kind) && claim.outcome === outcome).map(({ name }) => name);
  const claimed = ['invariant', 'leadsTo', 'eventually'] as const;
  const violated = named('violated', ...claimed, 'reserved');
  const lists = { holds: named('holds', ...claimed), violated, reached: named('holds', 'reachable') };
  return {
    variant: `${model}/${orderIn(variant).base}`,
    bounds: { ...bounds },
    memory,
    symmetry: symmetry === 'off' ? 'off' : 'on',
    verdict: violated.length > 0 ? 'violated' : 'holds',
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    states,
  };
}
