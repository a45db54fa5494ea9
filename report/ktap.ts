/** KTAP, which kernel CI reads: a test for each variant, a subtest for each of its claims, races as diagnostics. */
import { oneLine } from './escape.ts';
import type { CiOptions } from './junit.ts';
import type { Reported } from './reported.ts';
import { sentenceOfVerdict, type Verdict, verdictsOf } from './verdict.ts';

/** The document. */
export function ktap(results: readonly Reported[], options: CiOptions = {}): string {
  const lines = results.flatMap((result, i) => {
    const verdicts = verdictsOf(result);
    const name = nameOf(`${result.model}/${result.variant}`);
    const right = verdicts.every((verdict) => passes(verdict, options));
    const inside = [
      'KTAP version 1',
      `# Subtest: ${name}`,
      `1..${verdicts.length}`,
      ...verdicts.flatMap((verdict, at) => pointOf(verdict, at + 1, options)),
    ];
    return [...inside.map((line) => `    ${line}`), `${right ? 'ok' : 'not ok'} ${i + 1} ${name}`];
  });
  return ['KTAP version 1', `1..${results.length}`, ...lines, ''].join('\n');
}

function passes({ came }: Verdict, { allowIncomplete = false }: CiOptions): boolean {
  return came === 'as expected' || (came === 'not decided' && allowIncomplete);
}

function pointOf(verdict: Verdict, number: number, options: CiOptions): string[] {
  const { name, came, race } = verdict;
  const ok = passes(verdict, options);
  const why = oneLine(sentenceOfVerdict(verdict));
  const directive = came === 'not decided' ? (ok ? ' # SKIP' : ' # TIMEOUT') : came === 'threw' ? ' # ERROR' : '';
  const told =
    came === 'as expected' ? [] : [why, ...(race === undefined ? [] : ['', ...race.split('\n').map(oneLine)])];
  return [
    ...told.map((line) => `# ${line}`.trimEnd()),
    `${ok ? 'ok' : 'not ok'} ${number} ${nameOf(name)}${directive}`,
  ];
}

/** A name without what begins a directive or an escape; some readers know no way to quote either. */
function nameOf(name: string): string {
  return oneLine(name).replace(/#/g, '\\u0023');
}
