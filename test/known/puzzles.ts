/** Two models of tlaplus/Examples, written afresh, whose claim is that a puzzle has no solution: the water jugs, and the river. */
import {
  array,
  bit,
  blocked,
  forAny,
  type Id,
  model,
  type Next,
  oneOf,
  type StateOf,
  suite,
  symmetric,
  upTo,
} from '#notation';

const jugs = { small: upTo(3), big: upTo(5) };
interface Jugs extends StateOf<typeof jugs> {}

function fillSmall(s: Jugs): void {
  s.small = 3;
}
function fillBig(s: Jugs): void {
  s.big = 5;
}
function emptySmall(s: Jugs): void {
  s.small = 0;
}
function emptyBig(s: Jugs): void {
  s.big = 0;
}
function smallToBig(s: Jugs): void {
  const poured = Math.min(s.small, 5 - s.big);
  s.big += poured;
  s.small -= poured;
}
function bigToSmall(s: Jugs): void {
  const poured = Math.min(s.big, 3 - s.small);
  s.small += poured;
  s.big -= poured;
}

export const dieHardSuite = suite(
  model({
    name: 'die-hard',
    about: 'DieHard: four gallons by jugs of three and of five.',
    state: jugs,
    bounds: {},
    variants: { jugs: { actions: [fillSmall, fillBig, emptySmall, emptyBig, smallToBig, bigToSmall] } },
  }),
  { invariants: { notSolved: (s: Jugs) => s.big !== 4 }, violated: { jugs: ['notSolved'] } },
);

const Person = symmetric('person');
type Person = Id<typeof Person>;
const river = { boat: oneOf('east', 'west'), missionary: array(Person, bit), cannibal: array(Person, bit) };
interface River extends StateOf<typeof river> {}

/** Whether nobody is eaten on a bank: the bits say who has crossed. */
function isSafe({ missionary, cannibal }: River, bank: 0 | 1): boolean {
  const on = (sum: number, side: number): number => sum + Number(side === bank);
  const missionaries = missionary.reduce(on, 0);
  return missionaries === 0 || missionaries >= cannibal.reduce(on, 0);
}
function cross(
  s: River,
  passengers: readonly { readonly of: 'missionary' | 'cannibal'; readonly who: Person }[],
): Next {
  const from = s.boat === 'east' ? 0 : 1;
  if (passengers.some(({ of, who }) => s[of][who] !== from)) return blocked;
  for (const { of, who } of passengers) s[of][who] = from === 0 ? 1 : 0;
  if (isSafe(s, 0) && isSafe(s, 1)) {
    s.boat = from === 0 ? 'west' : 'east';
    return;
  }
  for (const { of, who } of passengers) s[of][who] = from;
  return blocked;
}
function missionaryCrosses(s: River, who: Person): Next {
  return cross(s, [{ of: 'missionary', who }]);
}
function cannibalCrosses(s: River, who: Person): Next {
  return cross(s, [{ of: 'cannibal', who }]);
}
function bothCross(s: River, who: Person, other: Person): Next {
  return cross(s, [
    { of: 'missionary', who },
    { of: 'cannibal', who: other },
  ]);
}
function missionariesCross(s: River, who: Person, other: Person): Next {
  if (who === other) return blocked;
  return cross(s, [
    { of: 'missionary', who },
    { of: 'missionary', who: other },
  ]);
}
function cannibalsCross(s: River, who: Person, other: Person): Next {
  if (who === other) return blocked;
  return cross(s, [
    { of: 'cannibal', who },
    { of: 'cannibal', who: other },
  ]);
}

export const riverSuite = suite(
  model({
    name: 'river',
    about: 'MissionariesAndCannibals: three of each, and a boat for two.',
    state: river,
    bounds: { person: 3 },
    variants: {
      crossing: {
        actions: [
          forAny(Person, missionaryCrosses),
          forAny(Person, cannibalCrosses),
          forAny(Person, Person, bothCross),
          forAny(Person, Person, missionariesCross),
          forAny(Person, Person, cannibalsCross),
        ],
      },
    },
  }),
  {
    invariants: { somebodyIsLeft: (s: River) => s.missionary.includes(0) || s.cannibal.includes(0) },
    violated: { crossing: ['somebodyIsLeft'] },
  },
);
