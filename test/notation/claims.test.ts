import { beforeEach, describe, expect, test } from 'vitest';
import { claim, implies, running, sentenceOf, viewOf } from '#notation';
import { type Page, type Tiny, tiny } from '../tiny.ts';
import { after, start } from './by-name.ts';

function setX(s: Tiny): void {
  s.x = 3;
}

beforeEach(() => {
  running.implied = false;
  running.antecedent = false;
});

function second(): never {
  throw new Error('looked at');
}

describe('implies', () => {
  test.each([
    [false, false, true],
    [false, true, true],
    [true, false, false],
    [true, true, true],
  ])('%s implies %s is %s', (p, q, expected) => {
    expect(implies(p, q)).toBe(expected);
    expect(implies(p, () => q)).toBe(expected);
  });

  test('does not look at its second argument when the first is false', () => {
    expect(implies(false, second)).toBe(true);
    expect(() => implies(true, second)).toThrow('looked at');
  });

  test('says that it was met, and whether its first argument was ever true', () => {
    implies(false, true);
    expect([running.implied, running.antecedent]).toEqual([true, false]);
    implies(true, true);
    implies(false, true);
    expect([running.implied, running.antecedent]).toEqual([true, true]);
  });
});

describe('a claim', () => {
  test('has the sentence it was given, and is the predicate it was', () => {
    const small = claim('x is small', (s: Tiny) => s.x < 5);
    expect(sentenceOf(small)).toBe('x is small');
    expect(small({ x: 3 } as Tiny)).toBe(true);
    expect(sentenceOf(() => true)).toBeUndefined();
    expect(sentenceOf(undefined)).toBeUndefined();
  });

  test('reads an immutable state, and is told what it read', () => {
    const instance = tiny([setX]);
    const read: string[] = [];
    const s = viewOf(instance, after(instance, 'cpu0.setX'), (leaf, value) =>
      read.push(`${leaf.path}=${value}`),
    ) as Tiny;
    expect(s.bits.every((each, page) => each === 0 && !s.spte[page].writable) && s.x === 3).toBe(true);
    expect(read).toEqual(['bits[0]=0', 'spte[0].writable=false', 'bits[1]=0', 'spte[1].writable=false', 'x=3']);
  });

  test('cannot change an immutable state', () => {
    const instance = tiny([setX]);
    const state = after(instance, 'cpu0.setX');
    expect(() => {
      (viewOf(instance, state) as Tiny).x = 4;
    }).toThrow(TypeError);
    expect(state.x).toBe(3);
  });

  test('has the methods of a row', () => {
    const instance = tiny([setX]);
    const s = viewOf(instance, start(instance)) as Tiny;
    const one = 1 as never as Page;
    const found = [
      s.bits.length,
      s.bits.indexOf(0),
      s.bits.indexOf(1),
      s.bits.includes(1),
      s.bits.findIndex((_, id) => id === one),
      s.spte.find((_, id) => id === one)?.level,
      s.spte.some(({ writable }) => writable),
      s.counts.reduce((sum, each) => sum + each, 5),
      [...s.bits],
      [...s.spte].length,
    ];
    expect(found).toEqual([2, 0, -1, false, 1, '4K', false, 5, [0, 0], 2]);
  });
});
