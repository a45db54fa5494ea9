/** All colour goes through here: plain unless somebody asks for a painter of a stream. */
import { styleText } from 'node:util';

/** What a piece of text is, as far as colour is concerned. */
export type Tone = 'good' | 'bad' | 'open' | 'faint' | 'strong';

/** Paints a piece of text, which must be of its final width already. */
export type Paint = (tone: Tone, text: string) => string;

/** No colour at all. */
export const plainly: Paint = (_, text) => text;

const formats = { good: 'green', bad: 'red', open: 'yellow', faint: 'dim', strong: 'bold' } as const;
const inColour: Paint = (tone, text) => styleText(formats[tone], text, { validateStream: false });

/**
 * The painter for a stream. `FORCE_COLOR` decides before `NO_COLOR` does (`0` and `false` for off, whatever else for on); a `NO_COLOR`
 * that is not empty turns colour off; with neither, a terminal gets colour unless it calls itself dumb.
 */
export function painterFor(
  stream: { isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Paint {
  const { FORCE_COLOR, NO_COLOR, TERM } = environment;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR === '0' || FORCE_COLOR === 'false' ? plainly : inColour;
  if (NO_COLOR) return plainly;
  return stream.isTTY === true && TERM !== 'dumb' ? inColour : plainly;
}
