import { describe, expect, test } from 'vitest';
import { describeFailure, Failure, refusing } from '../../cli/failure.ts';

describe('an error that nobody meant is told as a bug of ours, with exit 153', () => {
  test.each([
    ['a mistake in the program', new TypeError('x is undefined'), '[mmucheck bug] x is undefined'],
    [
      'a check of the explorer',
      new Error('[explorer bug] a step made a choice'),
      '[explorer bug] a step made a choice',
    ],
    ['something that is no error', 'what', '[mmucheck bug] what'],
  ])('%s', (_, error, text) => {
    expect(describeFailure(error, false)).toEqual({
      text: `${text}; please report it with what --debug adds`,
      code: 153,
    });
  });

  test('--debug adds the stack', () => {
    const { text } = describeFailure(new TypeError('x is undefined'), true);
    expect(text).toMatch(/^\[mmucheck bug\] x is undefined\nTypeError: x is undefined\n {4}at /);
  });
});

test('a refusal of the notation is a usage failure, and a mistake in it is not', () => {
  expect(refuse(new Error('m/v: bound gfn=0 must be larger'))).toThrow(Failure);
  expect(refuse(new TypeError('x is undefined'))).toThrow(TypeError);
  expect(refuse(new Error('[notation bug] a leaf has no view'))).not.toThrow(Failure);
});

function refuse(error: Error): () => never {
  return () =>
    refusing(() => {
      throw error;
    });
}
