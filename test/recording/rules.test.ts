import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { pteListPolicies } from '#model';
import { checkEvents, type Finding, readRecording, rules, rulesText } from '#recording';
import { PolicyLists } from '../../cli/policy-lists.ts';
import { hasShared, kept, policyOf, shared } from './samples.ts';
import { broken, checked, type Trace, traceOf, traces } from './traces.ts';

function results(place: string, workload: string) {
  const { trace, log } = readRecording(join(place, `${workload}.trace.gz`));
  return checkEvents(trace?.events ?? [], new PolicyLists(pteListPolicies[policyOf(workload)]), log);
}

describe('the traces kept with the tests', () => {
  it.each(traces(kept))('%s keeps to every rule', (workload) => {
    expect(results(kept, workload).flatMap(({ findings }) => findings)).toEqual([]);
  });

  it('put every rule to the test but those of recycling and of a copy of the guest', () => {
    const exercised = new Set(
      traces(kept).flatMap((workload) =>
        results(kept, workload).flatMap(({ name, checked: times }) => (times > 0 ? [name] : [])),
      ),
    );
    const idle = rules.map(({ name }) => name).filter((name) => !exercised.has(name));
    expect(idle).toEqual(['recycled when too long', 'the copy is whole']);
  });

  it('break some rule under the policy of another kernel, where lists outgrow a descriptor', () => {
    const { trace, log } = readRecording(join(kept, 'k61-npt0/hostzap_K29.trace.gz'));
    const other = checkEvents(trace?.events ?? [], new PolicyLists(pteListPolicies['tail-count']), log);
    expect(broken(other)).toEqual(['lists as the model', 'cleared, then removed']);
  });
});

describe.runIf(hasShared)('all recordings', () => {
  test('keep to every rule, and none is about a list that is longer than RMAP_RECYCLE_THRESHOLD', {
    timeout: 300_000,
  }, () => {
    const totals = new Map(rules.map(({ name }) => [name, 0]));
    for (const workload of traces(shared)) {
      for (const { name, checked: times, findings } of results(shared, workload)) {
        expect(findings, workload).toEqual([]);
        totals.set(name, (totals.get(name) ?? 0) + times);
      }
    }
    const idle = [...totals].flatMap(([name, times]) => (times === 0 ? [name] : []));
    expect(idle).toEqual(['recycled when too long']);
  });
});

/** The findings of one rule, in a trace whose lines have become others. */
function found(trace: Trace, rule: string, change: (lines: string[]) => void): readonly Finding[] {
  const lines = [...trace.lines];
  change(lines);
  return checked(trace, lines).find(({ name }) => name === rule)?.findings ?? [];
}

/** The index of the first line that contains the words, after the first one that contains `after`. */
function at(lines: readonly string[], words: string, after = ''): number {
  const from = lines.findIndex((line) => line.includes(after));
  const index = lines.findIndex((line, i) => i >= from && line.includes(words));
  if (index === -1) throw new Error(`no line has ${words}`);
  return index;
}

const npt0 = traceOf(kept, 'k612-npt0/huge_plain');
const nested = traceOf(kept, 'k612-nested/nested_K2_initset');
const tdp = traceOf(kept, 'k612-tdp/dirty_manual');
const legacy = traceOf(kept, 'k612-npt1legacy/dirty_manual');

describe('a trace that was changed breaks the rule that is about it:', () => {
  test.each<[string, Trace, string, (lines: string[]) => void]>([
    [
      'a page that is not marked dirty before its SPTE is made writable',
      npt0,
      'dirty before writable',
      (lines) => lines.splice(at(lines, 'mark_dirty from=make_spte'), 1),
    ],
    [
      'an SPTE that is in the rmap before it is reported as written',
      npt0,
      'order of calls',
      (lines) => {
        const index = at(lines, 'kvm_mmu_set_spte');
        [lines[index], lines[index + 1]] = [lines[index + 1] ?? '', lines[index] ?? ''];
      },
    ],
    [
      'an SPTE that is written without mmu_lock',
      npt0,
      'mmu_lock held',
      (lines) => {
        const index = at(lines, 'spte_update ');
        lines[index] = (lines[index] ?? '').replace('...1.', '.....');
      },
    ],
    [
      'a KVM_GET_DIRTY_LOG that does not flush',
      npt0,
      'flushed before it returns',
      (lines) => lines.splice(at(lines, 'flush_all from=kvm_get_dirty_log_protect'), 1),
    ],
    [
      'a page that is taken and not protected',
      npt0,
      'every page protected',
      (lines) => lines.splice(at(lines, 'rmap_wp', 'enable_log_mask'), 4),
    ],
    [
      'an SPTE that keeps W when its slot is logged',
      legacy,
      'a whole slot protected',
      (lines) => lines.splice(at(lines, 'rmap_wp', 'slot_rm_wacc'), 4),
    ],
    [
      'a bit that is taken and was never set',
      tdp,
      'taken as marked',
      (lines) => {
        const index = at(lines, 'mask=0x8102040810204081');
        lines[index] = (lines[index] ?? '').replace(/1$/, '3');
      },
    ],
    [
      'a mark that is missing when the bitmap is reported',
      tdp,
      'reported as marked',
      (lines) => lines.splice(at(lines, 'mark_dirty from=fast_page_fault'), 1),
    ],
    [
      'a bitmap that is all set, and whose huge pages are not protected',
      nested,
      'huge pages protected too',
      (lines) => lines.splice(at(lines, 'slot_gfn_wp', 'enable_log_mask'), 1),
    ],
    [
      'a split that leaves an entry out',
      nested,
      'children of a split',
      (lines) => lines.splice(at(lines, 'rmap_add', 'errno -11'), 3),
    ],
    [
      'a split that does not flush',
      nested,
      'each split flushes',
      (lines) => lines.splice(at(lines, 'flush_all from=__link_shadow_page', 'errno -11'), 1),
    ],
    [
      'mmu_lock dropped to split with full caches and nobody waiting',
      nested,
      'mmu_lock dropped to split',
      (lines) => {
        for (const [index, line] of lines.entries()) {
          lines[index] = line.replace(/(capacity=(?:553|40) min=(?:513|1) .*)nobjs=0/, '$1nobjs=553');
        }
      },
    ],
    [
      'a vCPU that enters the guest before it has flushed',
      tdp,
      'a flush reaches all',
      (lines) => lines.splice(at(lines, 'tlb_all', 'flush_all'), 1),
    ],
    [
      'an entry of the TDP MMU that is left when the VM is gone',
      tdp,
      'nothing is left',
      (lines) => lines.splice(at(lines, 'level 1', 'VM_DESTROY_BEGIN'), 1),
    ],
  ])('%s', (_, trace, rule, change) => {
    expect(found(trace, rule, () => {})).toEqual([]);
    expect(found(trace, rule, change)).not.toEqual([]);
  });

  test('an rmap that is too long and is not recycled, one that is recycled, and one that is too early', () => {
    const grown = (ret: number) => [
      `1 c0 ...1. rmap_add spte=0x8 gfn=0x1 access=0x7 base_gfn=0x0 rmap4k=0x1000 rmap2m=0x2000`,
      `1 c0 ...1. list_add spte=0x8 head=0x1008 val=0x0`,
      `1 c0 ...1. list_add_ret by=__rmap_add+0x1/0x2 ret=${ret} head=0x1008 val=0x8`,
    ];
    const zap = '1 c0 ...1. list_zap_all from=a+0x0/0x1 head=0x1008 val=0x8';
    const flush = '1 c0 ...1. flush_all from=__rmap_add+0x1/0x2';
    const of = (...lines: string[]) =>
      broken(checked({ ...npt0, lines }, lines)).filter((name) => /recycled/.test(name));
    expect(of(...grown(1001), zap)).toEqual([]);
    expect(of(...grown(1001), flush)).toEqual(['recycled when too long']);
    expect(of(...grown(1000), flush)).toEqual([]);
    expect(of(...grown(1000), zap)).toEqual(['not recycled before']);
  });
});

describe('what is done without mmu_lock before its event is told', () => {
  const brokenBy = (lines: string[]) => broken(checked({ ...tdp, lines }, lines));

  test('may be met by others, and only while that fault is under way', () => {
    const changed = (old: string, now: string) =>
      `1 c0 ...1. kvm_tdp_mmu_spte_changed as id 0 gfn 1000 level 1 old_spte ${old} new_spte ${now}`;
    const fault = '2 c1 ..... kvm_page_fault vcpu 0 rip 0x1 address 0x1000000 error_code 0x100000007';
    const fixed =
      '2 c1 ..... fast_page_fault vcpu 0 gva 1000000 error_code P|W|U sptep 1 old 0x108819e65 new 108819e67 spurious 0 fixed 1';
    const [first, met, last] = [
      changed('0', '108819e65'),
      changed('108819e67', '108819e65'),
      changed('108819e65', '0'),
    ];
    expect(brokenBy([first, fault, met, fixed, last])).not.toContain('what was left is found');
    expect(brokenBy([first, met, fault, fixed, last])).toContain('what was left is found');
  });

  test('may let a vCPU flush once more, and no more than that', () => {
    const run = ['2 c1 d..1. kvm_entry vcpu 0, rip 0x1', '2 c1 ..... kvm_exit vcpu 0 reason interrupt rip 0x1'].map(
      (line) => line.replace(/(reason .*)$/, '$1 info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0'),
    );
    const flush = '1 c0 ..... flush_all from=kvm_get_dirty_log_protect+0x1/0x2';
    const own = ['2 c1 ..... tlb_all vcpu=0x8', '2 c1 ..... tlb_asid vcpu=0x8', ...run];
    expect(brokenBy([...run, flush, ...own, ...own])).not.toContain('a flush reaches all');
    expect(brokenBy([...run, flush, ...own, ...own, ...own])).toContain('a flush reaches all');
    expect(brokenBy([...run, flush, '1 c0 ..... notifier_start ', ...run, ...run])).toContain('a flush reaches all');
  });
});

test('a log that says something else than the trace is a difference', () => {
  const [clear] = tdp.log.entries.filter(({ t }) => t === 'clear_dirty_log');
  const without = { ...tdp, log: { ...tdp.log, entries: tdp.log.entries.filter((entry) => entry !== clear) } };
  expect(broken(checked(without, tdp.lines))).toContain('marks as logged');
  const unwritten = tdp.log.entries.map((entry) =>
    entry.t === 'truth_written' ? { ...entry, pages: entry.pages.filter((page) => page !== 3) } : entry,
  );
  expect(broken(checked({ ...tdp, log: { ...tdp.log, entries: unwritten } }, tdp.lines))).toEqual([
    'written pages reported',
  ]);
});

test('a report says how often each rule was checked, and of a broken one where, what was expected and what is there', () => {
  const lines = npt0.lines.filter((line) => !line.includes('flush_all from=kvm_get_dirty_log_protect'));
  const text = rulesText(checked(npt0, lines), 'huge_plain.trace.gz').join('\n');
  expect(text).toContain('\nfast path                        0  nothing to compare\n');
  expect(text).toContain(
    [
      'flushed before it returns (2): an ioctl that write-protected anything flushes all TLBs once, after the last SPTE and before it returns',
      '  line 368, seq 368: MARK GET_DIRTY_LOG_DONE slot=2',
      '    expected  flushes 1',
      '    found     0',
    ].join('\n'),
  );
});
