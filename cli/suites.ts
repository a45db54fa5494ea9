/** What the arguments of a command name: suites, their variants, their claims. */
import * as invariants from '#invariants';
import { derived, orderIn, reserved, type Suite } from '#notation';
import { refusing, usage } from './failure.ts';
import { nearest, suggestion } from './nearest.ts';
import { isFile, isSuiteFile, loadSuites, suitesIn } from './suite-file.ts';

/** A suite, and the file it comes from when it is not one of ours. */
export interface KnownSuite {
  readonly suite: Suite;
  readonly file: string | undefined;
}

/** One variant to work on. */
export interface Target extends KnownSuite {
  readonly variant: string;
}

/** The suites that come with mmucheck, the museum's last. */
export function ownSuites(): KnownSuite[] {
  const shown = (suite: Suite): number => Number(suite.model.name.startsWith('museum/'));
  return suitesIn(invariants)
    .toSorted((a, b) => shown(a) - shown(b))
    .map((suite) => ({ suite, file: undefined }));
}

/** The suites of some files, in order; of a suite file of a CI, those of the files that it names. */
export async function suitesOf(named: readonly string[]): Promise<KnownSuite[]> {
  const loaded: KnownSuite[] = [];
  const files: string[] = [];
  for (const file of named) {
    if (isSuiteFile(file)) files.push(...(await import('./ci-suite.ts')).readCiSuite(file).suites);
    else files.push(file);
  }
  for (const file of new Set(files)) loaded.push(...(await loadSuites(file)).map((suite) => ({ suite, file })));
  return loaded;
}

/**
 * The variants that arguments name: `model`, `model/variant`, what several models begin with (`museum`), or a file (all of its suites). Without arguments, all variants of the
 * suites of the `--suite` files; without those, of our own.
 * @throws Failure naming what is unknown, with the nearest name.
 */
export async function targetsOf(
  named: readonly string[],
  suiteFiles: readonly string[],
  verbs: readonly string[],
): Promise<Target[]> {
  const files = await suitesOf(suiteFiles);
  const known = [...files, ...ownSuites()];
  if (named.length === 0) return (files.length > 0 ? files : known).flatMap(variantsOf);
  const targets: Target[] = [];
  for (const name of named) {
    const found = isFile(name) ? (await suitesOf([name])).flatMap(variantsOf) : variantsNamed(name, known, verbs);
    for (const each of found) if (!targets.some((target) => same(target, each))) targets.push(each);
  }
  return targets;
}

/** The variant that `model/variant` names. @throws Failure naming what is unknown. */
export function variantNamed(name: string, known: readonly KnownSuite[]): Target {
  const targets = variantsNamed(name, known, []);
  const [first] = targets as [Target];
  if (first.suite.model.name.startsWith(`${name}/`))
    throw usage(`${name} has several models; name a variant of one, as in ${first.suite.model.name}/${first.variant}`);
  if (targets.length > 1 || first.suite.model.name === name) {
    throw usage(`${name} is a model; name one of its variants, as in ${name}/${first.variant}`);
  }
  return first;
}

/** The name of a claim of any kind, or a reserved word. @throws Failure with the nearest name. */
export function claimNamed(name: string, { suite }: KnownSuite): string {
  const { invariants, reachable, leadsTo, eventually } = suite;
  const names = [...Object.keys({ ...invariants, ...reachable, ...leadsTo, ...eventually }), ...reserved];
  if (names.includes(name)) return name;
  throw usage(`${suite.model.name} has no claim ${name}${suggestion(name, names)}; it has ${names.join(', ')}`);
}

/** A suite of which one claim only is asked for, apart from the reserved words; as it is when none is named. */
export function narrowed(suite: Suite, claim: string | undefined): Suite {
  if (claim === undefined) return suite;
  const only = <Kind>(claims: Readonly<Record<string, Kind>>): Record<string, Kind> =>
    Object.fromEntries(Object.entries(claims).filter(([name]) => name === claim));
  const { invariants, reachable, leadsTo, eventually } = suite;
  return {
    ...suite,
    invariants: only(invariants),
    reachable: only(reachable),
    leadsTo: only(leadsTo),
    eventually: only(eventually),
  };
}

function variantsOf({ suite, file }: KnownSuite): Target[] {
  return Object.keys(suite.model.variants).map((variant) => ({ suite, file, variant }));
}

function same(a: Target, b: Target): boolean {
  return a.variant === b.variant && a.suite.model.name === b.suite.model.name && a.file === b.file;
}

function variantsNamed(name: string, known: readonly KnownSuite[], verbs: readonly string[]): Target[] {
  const whole = known.find(({ suite }) => suite.model.name === name);
  if (whole) return variantsOf(whole);
  const group = known.filter(({ suite }) => suite.model.name.startsWith(`${name}/`));
  if (group.length > 0) return group.flatMap(variantsOf);
  const inside = known.filter(({ suite }) => name.startsWith(`${suite.model.name}/`)).toSorted(longestName)[0];
  if (inside) {
    const { name: model } = inside.suite.model;
    const variant = name.slice(model.length + 1);
    const variants = Object.keys(inside.suite.model.variants);
    const [base = ''] = orderIn(variant).base.split(':');
    if (variants.includes(base)) return [{ ...inside, variant, suite: refusing(() => derived(inside.suite, variant)) }];
    throw usage(
      `${model} has no variant ${base}${suggestion(base, variants)}; mmucheck list ${model} shows all ${variants.length}`,
    );
  }
  if (isFile(name)) throw usage(`${name} is a file; name model/variant, and give the file with --suite ${name}`);
  if (/^[./~]/.test(name)) throw usage(`${name} is neither a model nor a suite file; a suite file ends in .ts`);
  const models = known.map(({ suite }) => suite.model.name);
  const [model = name] = name.split('/');
  const verb = nearest(name, models) === undefined ? nearest(name, verbs) : undefined;
  const meant = verb === undefined ? suggestion(model, models) : ` (did you mean the verb ${verb}?)`;
  const shown = models.filter((each) => !each.includes('/'));
  const more = models.length > shown.length ? ` and ${models.length - shown.length} more (mmucheck list)` : '';
  throw usage(
    `there is no model ${model}${meant}; there are ${shown.join(', ')}${more}, and --suite <file.ts> adds those of a file`,
  );
}

function longestName(a: KnownSuite, b: KnownSuite): number {
  return b.suite.model.name.length - a.suite.model.name.length;
}
