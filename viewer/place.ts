/** Where one is in the page, as the part of its address behind `#`: a link leads back there. */
import { useEffect, useState } from 'preact/hooks';

/** A place: nothing for the way in, or a variant, or an execution at one of its states. */
export interface Place {
  /** The key of a result. */
  readonly variant?: string | undefined;
  /** The claim whose execution it is. */
  readonly claim?: string | undefined;
  /** An execution that was found by hand, as a replay line. */
  readonly walk?: string | undefined;
  /** After how many steps; at the beginning where nothing is said. */
  readonly at?: number | undefined;
}

/** The place that an address names. What it does not know is left out. */
export function placeIn(fragment: string): Place {
  const said = new URLSearchParams(fragment.replace(/^#/, ''));
  const at = said.get('at');
  return {
    variant: said.get('variant') ?? undefined,
    claim: said.get('claim') ?? undefined,
    walk: said.get('walk') ?? undefined,
    at: at !== null && /^\d+$/.test(at) ? Number(at) : undefined,
  };
}

/** The address of a place. */
export function fragmentOf(place: Place): string {
  const said = Object.entries(place).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  return `#${new URLSearchParams(said)}`;
}

/** The place that one is at, and how to get to another: within an execution the way back does not lead over every step. */
export function usePlace(): [Place, (place: Place, how?: 'within') => void] {
  const [place, setPlace] = useState(() => placeIn(location.hash));
  useEffect(() => {
    const follow = (): void => setPlace(placeIn(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const go = (to: Place, how?: 'within'): void => {
    history[how === 'within' ? 'replaceState' : 'pushState'](null, '', fragmentOf(to));
    setPlace(to);
  };
  return [place, go];
}
