/** How well people look after their accounts: chances in percent, ages in days as `[weight, from, to]`. */
const CARE = {
  careful: {
    factor: { on: 94, off: 0 },
    password: [
      [98, 1, 84],
      [2, 93, 170],
    ],
    idle: [
      [98, 1, 25],
      [2, 31, 85],
    ],
  },
  ordinary: {
    factor: { on: 87, off: 3 },
    password: [
      [84, 1, 84],
      [12, 93, 172],
      [3, 185, 350],
      [1, 370, 900],
    ],
    idle: [
      [90, 1, 30],
      [6, 31, 85],
      [2, 93, 172],
      [1, 185, 350],
      [1, 370, 800],
    ],
  },
  careless: {
    factor: { on: 60, off: 25 },
    password: [
      [30, 1, 84],
      [30, 93, 172],
      [20, 185, 350],
      [20, 370, 1400],
    ],
    idle: [
      [70, 1, 30],
      [12, 93, 172],
      [9, 185, 350],
      [9, 370, 1100],
    ],
  },
  unattended: {
    factor: { on: 0, off: 0 },
    password: [
      [62, 1, 84],
      [18, 93, 172],
      [10, 185, 350],
      [10, 370, 1900],
    ],
    idle: [
      [93, 1, 2],
      [3, 93, 172],
      [2, 185, 350],
      [2, 370, 900],
    ],
  },
};

const DAWN = [5, 6];
const MORNING = [6, 8];
const WORKING_HOURS = [8, 19];

/** The security-relevant half of an account, in the words of the mapping's targets. */
export function posture(owner, { dice, when }, { kind = 'person', password = true, madeDaysAgo } = {}) {
  const made = madeDaysAgo ?? madeFor(owner, kind, dice);
  const facts = ordinary(owner, dice, { kind, made, password });
  Object.assign(facts, STORIES[owner?.story]?.(facts, { owner, dice, kind, made }));

  return {
    disabled: facts.disabled,
    locked: facts.locked,
    createdAt: when.instant(made, DAWN, dice),
    lastLoginAt: when.instant(facts.idle, WORKING_HOURS, dice),
    mfaEnabled: facts.factor,
    passwordEnabled: password,
    passwordLastSetAt: when.instant(facts.passwordAge, MORNING, dice),
    privileged: kind === 'administrator',
    vaulted: facts.vaulted,
    shared: kind === 'shared',
    breached: facts.breached,
    failedLoginsLastHour: facts.failedLogins,
  };
}

function madeFor(owner, kind, dice) {
  const oldest = Math.max(3, owner?.startDaysAgo ?? 2200);
  const youngest = Math.max(2, owner?.endDaysAgo ?? 0);
  return kind === 'person' ? Math.max(youngest, oldest - dice.below(3)) : dice.between(youngest, oldest);
}

function ordinary(owner, dice, { kind, made, password }) {
  const care = CARE[owner?.care ?? 'unattended'];
  const roll = dice.below(100);
  const withFactor = kind === 'service' || kind === 'shared' ? null : true;

  return {
    disabled: dice.chance(3),
    locked: dice.chance(1),
    factor: roll < care.factor.on ? withFactor : roll < care.factor.on + care.factor.off ? false : null,
    passwordAge: password && !dice.chance(0.4) ? Math.min(made, dice.within(care.password)) : null,
    idle: dice.chance(1) ? null : Math.min(made, dice.within(care.idle)),
    vaulted: (kind === 'administrator' && dice.chance(86)) || (kind === 'service' && dice.chance(70)),
    breached: owner?.care === 'ordinary' && dice.chance(0.7),
    failedLogins: dice.chance(3) ? dice.between(1, 4) : 0,
  };
}

/** What happened to the people the demo is about, on top of their habits. */
const STORIES = {
  left: departed,
  'left, administrator forgotten': (facts, story) =>
    story.kind === 'administrator'
      ? { ...neverClosed(facts, story), vaulted: false, factor: false }
      : departed(facts, story),
  'left, cloud forgotten': (facts, story) =>
    story.kind === 'cloud' ? neverClosed(facts, story) : departed(facts, story),
  'starts soon': () => ({ idle: null, passwordAge: null, factor: null, disabled: false, locked: false }),
  breached: (facts, { dice, made }) => {
    if (!dice.chance(75)) return {};
    const passwordAge = Math.min(made, dice.between(200, 900));
    return { disabled: false, breached: true, factor: false, passwordAge: facts.passwordAge && passwordAge };
  },
  'hoards rights': (facts, { kind }) =>
    kind === 'administrator' ? { disabled: false, vaulted: false, factor: false } : {},
  'under attack': (facts, { dice }) =>
    dice.chance(50) ? { failedLogins: dice.between(10, 240), locked: dice.chance(60), disabled: false } : {},
};

function departed(facts, { owner, dice, made }) {
  const last = Math.min(made, owner.endDaysAgo + dice.below(20));
  const passwordAge = facts.passwordAge && Math.min(made, owner.endDaysAgo + dice.below(120));
  return { disabled: true, locked: false, idle: last, passwordAge, failedLogins: 0, breached: false };
}

/** Half of these were used after their owner had gone. */
function neverClosed(facts, story) {
  const idle = story.dice.chance(50) ? Math.max(1, story.owner.endDaysAgo - story.dice.between(2, 5)) : undefined;
  const closed = departed(facts, story);
  return { ...closed, disabled: false, idle: idle ?? closed.idle };
}
