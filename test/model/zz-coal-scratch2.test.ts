import { test } from 'vitest';
import { checkVariant } from '#explorer';
import { oneAddressFlushedSuite } from '../../invariants/museum/3a0b870e3448-one-address-flushed.ts';
import { freedTableWalkedSuite } from '../../invariants/museum/a9f0e3d5a089-freed-table-walked.ts';
import { tableFreedBeforeFlushSuite } from '../../invariants/museum/f62d4c3eb687-table-freed-before-flush.ts';
test('x', () => {
  for (const s of [oneAddressFlushedSuite, freedTableWalkedSuite, tableFreedBeforeFlushSuite])
  for (const v of Object.keys(s.model.variants)) {
    const r = checkVariant(s, v, { bounds: JSON.parse(process.env.BOUNDS ?? '{}'), limits: { seconds: 20 } });
    console.log(s.model.name, v, r.states, r.transitions, r.depth, r.seconds.toFixed(2), r.outcome, r.asExpected ? 'EXPECTED' : 'NOT', r.stopped ?? '', 'never: ' + r.neverFired.map(x => x.step), '\n  ' + r.claims.filter(c => c.outcome !== 'holds').map(c => c.name + ':' + c.outcome + ' ' + (c.trace?.length ?? '') + ' ' + (c.message ?? '')).join('; '));
    console.log(r.claims.filter(c => c.trace).map(c => c.name + ' ' + c.trace!.initial + '\n' + c.trace!.steps.map(x => '   ' + x.thread + '.' + x.step + '(' + x.args + ') ' + x.changed.map(y => y.path + '=' + y.value).join(' ')).join('\n')).join('\n'));
  }
}, 200000);
