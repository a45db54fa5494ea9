/** How arrays grow that may become as large as memory allows. */

/** Bytes from which on an array is given all the room that it may ever need: pages that nobody touches cost nothing. */
const smallRoom = 2 ** 25;

/**
 * Elements to make room for. While that is little it doubles, so that small searches do not ask for much; then it is all there may be,
 * so that what is large is never copied, and never there twice.
 * @param had elements there is room for, at least one.
 * @param most elements there may ever be.
 */
export function roomFor(wanted: number, had: number, bytesEach: number, most: number, maxBytes: number): number {
  let room = had;
  while (room < wanted) room *= 2;
  return room * bytesEach <= Math.min(smallRoom, maxBytes / 16) ? room : Math.max(wanted, most);
}

/** Elements of an array that are numbered by integers of 32 bits. */
export const mostElements = 2 ** 31 - 1;
