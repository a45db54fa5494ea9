/** The suite file of a CI: which variants are checked at which bounds, and what must come out at least. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Limits } from '#explorer';
import { memoryOrders } from '#notation';
import { usage } from './failure.ts';
import { readJson } from './input-file.ts';
import { memory } from './options.ts';

const names = (what: string) => z.array(z.string()).describe(what);

const budget = z
  .strictObject({
    seconds: z.number().positive().optional().describe('wall-clock time of the search of one variant'),
    memory: z
      .string()
      .regex(/^\d+(\.\d+)?([KMGTkmgt](i?[Bb])?)?$/, 'is no size; write 500M or 2G')
      .optional()
      .describe('memory for the states of one variant: 500M, 2G'),
  })
  .describe('limits of the search of a variant; one that ends a search leaves it undecided, exit code 17');

const variant = z
  .strictObject({
    variant: z.string().describe('model/variant'),
    bounds: z
      .record(z.string(), z.int().min(1).max(4096))
      .optional()
      .describe("the size of each set; what is not named has the variant's own default"),
    memory: z.enum(memoryOrders).optional().describe("the memory order; the variant's own when left out"),
    symmetry: z
      .enum(['off', 'on'])
      .optional()
      .describe(
        'whether states that differ only in the numbering of symmetric members count as one; off when left out',
      ),
    verdict: z.enum(['holds', 'violated']).describe('whether every claim holds, or some are violated'),
    holds: names('claims that must be there and hold').optional(),
    violated: names(
      'exactly what must be violated: claims, or deadlock, BUG_ON, WARN_ON_ONCE, range, throws',
    ).optional(),
    reached: names('witnesses that must be there and be reached').optional(),
    states: z.int().min(1).optional().describe('distinct states that must be found at least'),
    budget: budget.optional(),
  })
  .refine(({ verdict, violated = [] }) => (verdict === 'violated') === violated.length > 0, {
    error: 'verdict is "violated" where violated names a claim, and "holds" where it names none',
    path: ['verdict'],
  });

const ciSuite = z.strictObject({
  $schema: z.string().optional(),
  suites: z
    .array(z.string())
    .optional()
    .describe('files with suites, beside those of mmucheck; from the folder of this file'),
  budget: budget.optional(),
  variants: z.array(variant).min(1),
});

/** A suite file as it is written. */
export type CiSuite = z.infer<typeof ciSuite>;

/** One variant of a suite file. */
export type CiVariant = CiSuite['variants'][number];

/** The JSON schema of suite files, for editors. */
export function ciSuiteSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(ciSuite, { target: 'draft-7' });
  return { $schema, title: 'mmucheck suite file', ...schema };
}

/**
 * Reads a suite file. The files in `suites` come back relative to the working folder.
 * @throws Failure naming the file and the field that is not as it should be.
 */
export function readCiSuite(file: string): CiSuite & { readonly suites: readonly string[] } {
  if (!existsSync(file)) throw usage(`${file}: there is no such file`);
  let json: unknown;
  try {
    json = readJson(file);
  } catch (error) {
    throw usage(`${file} is no suite file: ${(error as Error).message}`, error);
  }
  const { data, error } = ciSuite.safeParse(json);
  if (error) {
    const said = error.issues.map(({ path, message }) => `${placeOf(path)}${message.replace(/^Invalid input: /, '')}`);
    throw usage(`${file} is no suite file: ${said.join('; ')}`, error);
  }
  return { ...data, suites: data.suites?.map((each) => join(dirname(file), each)) ?? [] };
}

/** `variants[3].bounds.gfn: `. */
function placeOf(path: readonly PropertyKey[]): string {
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return place === '' ? '' : `${place.replace(/^\./, '')}: `;
}

/** A budget, as the limits of a search. */
export function limitsOfBudget(given: CiSuite['budget']): Limits {
  const { seconds, memory: size } = given ?? {};
  return { ...(seconds === undefined ? {} : { seconds }), ...(size === undefined ? {} : { memory: memory(size) }) };
}
