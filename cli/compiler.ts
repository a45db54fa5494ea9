/** How V8 compiles: each variant is a program of its own that runs for a moment, and most of its code is not worth much of that. */
import v8 from 'node:v8';

/** Versions of Node whose V8 is known to have these flags. */
const [oldest, newest] = [20, 24];

/** Lets code run longer before it is optimised, and has the quick compiler take all of it. */
export function optimizesLate(): void {
  set('--interrupt-budget=1000000', '--always-sparkplug');
}

/** Lets more of what a function calls be compiled into it: worth it where one variant is searched, and not for hundreds. */
export function inlinesMore(): void {
  set('--max-inlined-bytecode-size-cumulative=4000');
}

function set(...flags: readonly string[]): void {
  const node = Number.parseInt(process.versions.node, 10);
  if (node < oldest || node > newest) return;
  for (const flag of flags) v8.setFlagsFromString(flag);
}
