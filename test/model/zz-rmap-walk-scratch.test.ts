import { test } from 'vitest';
import { checkVariant } from '#explorer';
import { rmapWalkSuite } from '../../invariants/rmap-walk.ts';
test('x', () => {
  const only = process.env.ONLY?.split(',');
  const bounds = JSON.parse(process.env.BOUNDS ?? '{}');
  for (const variant of only ?? Object.keys(rmapWalkSuite.violated)) {
    const t = Date.now();
    try {
    const r = checkVariant(rmapWalkSuite, variant, { bounds, limits: { seconds: Number(process.env.SEC ?? 5) } });
    console.log(variant, r.states, r.transitions, r.depth, r.asExpected, r.outcome, JSON.stringify(r.stopped), Date.now() - t, 'ms', JSON.stringify(r.neverFired),
      r.claims.map((c) => `${c.name}:${c.outcome}${c.trace ? c.trace.steps.length : ''}${c.message ? c.message : ''}`).join(' '));
    if (process.env.TRACE) for (const c of r.claims) if (c.trace && c.outcome === 'violated') console.log(c.name, c.trace.steps.map((s) => `${s.thread ?? ''}${JSON.stringify(s)}`.slice(0, 100)).join('\n'));
    } catch (e) { console.log(variant, String(e)); }
  }
}, 100000);
