/** Memory slots, as marks in a trace tell them. */
import type { Level } from './log.ts';

/** A memory slot as a `SETSLOT` mark describes it: `npages` 4K pages from `gfn`; 0 pages delete it. */
export interface Slot {
  readonly slot: string;
  readonly gfn: bigint;
  readonly npages: bigint;
}

/** What a `SETSLOT` mark says, or undefined if it says nothing readable. `gfn` is written in hex, `npages` in decimal. */
export function readSetSlot(text: string): Slot | undefined {
  const [, slot, gfn, npages] = /^SETSLOT slot=(\d+) gfn=([0-9a-f]+) npages=(\d+) flags=[0-9a-f]+$/.exec(text) ?? [];
  if (slot === undefined || gfn === undefined || npages === undefined) return undefined;
  return { slot, gfn: BigInt(`0x${gfn}`), npages: BigInt(npages) };
}

/** How many rmaps of a level a slot has: an unaligned slot has one more than its pages divided. */
export function rmapsOf({ gfn, npages }: Slot, level: Level): number {
  if (npages === 0n) return 0;
  const shift = pageShift[level];
  return Number(((gfn + npages - 1n) >> shift) - (gfn >> shift) + 1n);
}

const pageShift = { '4K': 0n, '2M': 9n, '1G': 18n } as const satisfies Record<Level, bigint>;
