import { describe, expect, test } from 'vitest';
import { painterFor } from '#report';

const terminal = { isTTY: true };
const pipe = {};

describe('text is coloured', () => {
  test.each([
    ['on a terminal', terminal, {}],
    ['on a terminal with an empty NO_COLOR', terminal, { NO_COLOR: '' }],
    ['in a pipe with FORCE_COLOR', pipe, { FORCE_COLOR: '1' }],
    ['with FORCE_COLOR beside NO_COLOR', pipe, { FORCE_COLOR: '3', NO_COLOR: '1' }],
  ])('%s', (_, stream, environment) => {
    expect(painterFor(stream, environment)('bad', 'lost')).toBe('\u001b[31mlost\u001b[39m');
  });
});

describe('text is plain', () => {
  test.each([
    ['in a pipe', pipe, {}],
    ['with NO_COLOR', terminal, { NO_COLOR: '1' }],
    ['with FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }],
    ['on a dumb terminal', terminal, { TERM: 'dumb' }],
  ])('%s', (_, stream, environment) => {
    expect(painterFor(stream, environment)('bad', 'lost')).toBe('lost');
  });
});
