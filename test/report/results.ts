/** Results made up for tests of what is printed of them. */
import type { ClaimResult, Outcome, Trace, VariantResult } from '#explorer';

/** A claim in a made-up result: how many steps its race has, or another outcome; and what is expected. */
export type MadeUp = readonly [found: number | Exclude<Outcome, 'violated'>, expected: 'holds' | 'violated'];

/** A result for one variant, with an invariant for each entry, `deadlock`, and a `reachable` or `leadsTo` where there is one. */
export function result(
  variant: string,
  invariants: Readonly<Record<string, MadeUp>>,
  more: Partial<VariantResult> & {
    deadlock?: MadeUp;
    reachable?: Readonly<Record<string, MadeUp>>;
    leadsTo?: Readonly<Record<string, MadeUp>>;
  } = {},
): VariantResult {
  const { deadlock = ['holds', 'holds'], reachable = {}, leadsTo = {}, ...rest } = more;
  const bounds = rest.bounds ?? { gfn: 2, vcpu: 2 };
  const of = (kind: ClaimResult['kind'], claims: Readonly<Record<string, MadeUp>>) =>
    Object.entries(claims).map(([name, [found, expected]]): ClaimResult => {
      const violated = typeof found === 'number';
      return {
        name,
        kind,
        sentence: `the sentence of ${name}`,
        outcome: violated ? 'violated' : found,
        expected,
        trace: violated
          ? { ...traceOf(variant, found, bounds), loopFrom: kind === 'leadsTo' ? 2 : undefined }
          : undefined,
        message: undefined,
      };
    });
  const claims = [
    ...of('invariant', invariants),
    ...of('reachable', reachable),
    ...of('leadsTo', leadsTo),
    ...of('reserved', { deadlock }),
  ];
  return {
    model: 'm',
    variant,
    bounds,
    memory: 'sc',
    symmetry: 'off',
    workers: 1,
    store: 'exact',
    states: 1234,
    transitions: 56789,
    depth: 12,
    seconds: 0.5,
    bytesPerState: 40,
    outcome: 'holds',
    asExpected: true,
    stopped: undefined,
    neverFired: [],
    claims,
    coverage: [{ row: 'vcpu', step: 'work', fired: 3 }],
    ...rest,
  };
}

function traceOf(variant: string, length: number, bounds: VariantResult['bounds']): Trace {
  const steps = Array.from({ length }, () => ({
    thread: 'vcpu0',
    step: 'work',
    args: [0],
    changed: [{ path: 'x', value: 1, local: false }],
  }));
  const states = Array.from({ length: length + 1 }, () => ({ x: 1, vcpu: [{ point: 0 }] }));
  return {
    model: 'm',
    variant,
    bounds,
    initial: undefined,
    steps,
    length,
    switches: 0,
    states,
    failure: undefined,
    violates: true,
    loopFrom: undefined,
  };
}
