import { test } from 'vitest';
import { checkVariant } from '#explorer';
import { coalesceSuite as s } from '../../invariants/coalesce.ts';
test('x', () => {
  const only = process.env.ONLY;
  const bounds = JSON.parse(process.env.BOUNDS ?? '{}');
  for (const v of Object.keys(s.model.variants)) {
    if (only && v !== only) continue;
    const r = checkVariant(s, v, { bounds, limits: { seconds: 20 } });
    console.log(v, r.states, r.transitions, r.depth, r.seconds.toFixed(2), r.outcome, r.asExpected ? 'EXPECTED' : 'NOT', r.stopped ?? '', 'never: ' + r.neverFired.map(x => x.step), '\n  ' + r.claims.filter(c => c.outcome !== 'holds').map(c => c.name + ':' + c.outcome + ' ' + (c.trace?.length ?? '') + ' ' + (c.message ?? '')).join('; '));
    if (process.env.SHOW) console.log(r.claims.filter(c => c.trace && (process.env.SHOW === 'all' || process.env.SHOW === c.name)).map(c => c.name + ' ' + c.trace!.initial + '\n' + c.trace!.steps.map(x => '   ' + x.thread + '.' + x.step + '(' + x.args + ') ' + x.changed.map(y => y.path + '=' + y.value).join(' ')).join('\n')).join('\n'));
  }
}, 200000);
