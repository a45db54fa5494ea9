/** How V8 compiles: each variant is a program of its own that runs for a moment, and most of its code is not worth much of that. */
import v8 from 'node:v8';

/** Versions of Node whose V8 is known to have these flags. */
const [oldest, newest] = [20, 24];

/** Lets code run longer before it is optimised, and has the quick compiler take all of it. */
export function optimizesLate(): void {
  const node = Number.parseInt(process.versions.node, 10);
  if (node < oldest || node > newest) return;
  v8.setFlagsFromString('--interrupt-budget=1000000');
  v8.setFlagsFromString('--always-sparkplug');
}
