import { test } from 'vitest';
import { checkVariant } from '#explorer';
import { eagerSplitSuite } from '#invariants';
test('scratch', () => {
  const only = process.env.ONLY?.split(',') ?? Object.keys(eagerSplitSuite.violated);
  const bounds = JSON.parse(process.env.BOUNDS ?? '{}');
  for (const variant of only) {
    const t = Date.now();
    const r = checkVariant(eagerSplitSuite, variant, { bounds, limits: { seconds: Number(process.env.SECS ?? 6) } });
    console.log(variant, r.outcome, r.asExpected, r.states, r.transitions, r.depth, Date.now() - t, 'ms', r.stopped ?? '',
      r.claims.filter((c) => c.outcome !== 'holds').map((c) => `${c.name}:${c.outcome}:${c.trace?.steps.length}`).join(' '), 'never', r.neverFired.map((c) => JSON.stringify(c)).join(' '));
    if (process.env.TRACE) for (const c of r.claims) if (c.outcome !== 'holds') console.log(c.name, c.trace?.steps.map((s) => `${(s as never as {who:string}).who ?? (s as never as {row:string}).row} ${s.step} ${JSON.stringify(s).slice(0,90)}`).join('\n  '));
  }
}, 100000);
