import { expect, test } from 'vitest';
import type { ThreadOutline } from '#notation';
import { drawLists } from '#report';

/** A thread's list: a line a word, indented by dots. */
const list = (thread: string, lines: string): ThreadOutline => ({
  thread,
  rows: lines.split(' ').map((line) => ({
    depth: line.lastIndexOf('.') + 1,
    text: line.replaceAll('.', ''),
    edit: undefined,
    derived: undefined,
  })),
});

test('lists are compared line by line, in as few words as possible, and those that do not differ are left out', () => {
  const first = [list('vcpu', 'a b c d e'), list('ioctl', 'x y'), list('mm', 'lock .p .q unlock')];
  const second = [list('vcpu', 'b a c e f'), list('ioctl', 'x y'), list('mm', 'lock .p unlock q')];
  expect(drawLists(first, second)).toEqual([
    '',
    'vcpu',
    '- a',
    '  b',
    '+ a',
    '  c',
    '- d',
    '  e',
    '+ f',
    '',
    'mm',
    '  lock',
    '    p',
    '-   q',
    '  unlock',
    '+ q',
  ]);
});

test('what is in one list only is told of it', () => {
  const [none, some] = [list('t', 'a'), list('t', 'a b')];
  expect(drawLists([none], [some])).toEqual(['', 't', '  a', '+ b']);
  expect(drawLists([some], [none])).toEqual(['', 't', '  a', '- b']);
  expect(drawLists([some], [some])).toEqual([]);
});

test('two neighbours swapped are one line taken out and put in', () => {
  expect(drawLists([list('t', 'a b')], [list('t', 'b a')])).toEqual(['', 't', '- a', '  b', '+ a']);
});

test('lines that differ are painted', () => {
  const paint = (tone: string, text: string) => `<${tone}>${text}`;
  expect(drawLists([list('t', 'a')], [list('t', 'b')], { paint })).toEqual(['', '<strong>t', '<bad>- a', '<good>+ b']);
});
