/** How far the default bounds of a model reach, in words: what `npm run reach` found. */
import type { Suite } from '#notation';
import { knownReach, noSizes, type Raised } from './reach.ts';

/** The section about the right variants of a model; none where it has none. */
export function reachText({ model: { name } }: Suite): string[] {
  const reaches = knownReach().filter(({ variant }) => variant.replace(/\/[^/]+$/, '') === name);
  if (reaches.length === 0) return [];
  const fixed = Object.entries(noSizes[name] ?? {}).map(([set, why]) => `\`${set}\` is not raised: ${why}.`);
  const rows = reaches.map(({ variant, states, withoutGhosts, raised = [] }) =>
    [variant.slice(name.length + 1), states, withoutGhosts, raised.map(raisedText).join(', ')].join(' | '),
  );
  return [
    '### How far the bounds reach',
    'The states of each right variant; how many are left when those that differ only in ghosts count as one; and, where these are fewer than 10,000, whether its verdict is the same with each bound raised by one and with all of them, in how many states.',
    ['right variant | states | without ghosts | with larger bounds', '--- | --- | --- | ---', ...rows]
      .map((row) => `| ${row} |`)
      .join('\n'),
    ...fixed,
  ];
}

function raisedText({ bounds, states, asExpected }: Raised): string {
  const sizes = Object.entries(bounds);
  const where = sizes.length > 1 ? 'all' : sizes.map(([set, size]) => `${set}=${size}`).join();
  if (asExpected === undefined) return `${where}: not finished in ${states}`;
  return `${where}: ${asExpected ? 'the same' : 'another'} (${states})`;
}
