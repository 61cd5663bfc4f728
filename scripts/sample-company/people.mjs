import { CITIES, CHIEFS, DEPARTMENTS } from './departments.mjs';
import { CAST, namesFrom, plainLetters } from './names.mjs';
import { PARTNERS, SERVICES } from './outsiders.mjs';

const DOMAIN = 'meridian.example.com';

/** Everybody and everything the company answers for: people first, in the order of the tree, then services, then partners. */
export function peopleOf(dice) {
  const roster = rosterOf(dice);
  const people = tree(dice, roster);
  castRoles(dice, people);

  return [...people, ...services(dice, people), ...partners(dice, people)];
}

function rosterOf(dice) {
  const draw = namesFrom(dice);
  const cast = dice.shuffled(CAST);
  const logins = new Map();
  const shortNames = new Map();
  const unique = (taken, wanted) => {
    const times = (taken.get(wanted) ?? 0) + 1;
    taken.set(wanted, times);
    return times === 1 ? wanted : `${wanted}${times}`;
  };
  let number = 10_000;
  let staff = 0;

  return {
    hire(position) {
      const useCast = position.level === 5 && staff++ % 12 === 4 && cast.length > 0;
      const { given, family, name = `${given} ${family}` } = useCast ? cast.shift() : draw();
      const employmentType = position.level < 5 || dice.chance(85) ? 'Employee' : dice.pick(['Contractor', 'Intern']);
      const login = unique(logins, `${plainLetters(given)}.${plainLetters(family)}`);
      number += dice.between(1, 9);

      return {
        id: `E${number}`,
        ownerType: 'human',
        name,
        login,
        shortName: unique(shortNames, `${plainLetters(family).slice(0, 5)}${plainLetters(given).slice(0, 2)}`),
        email: `${login}@${DOMAIN}`,
        altEmail: dice.chance(30) ? `${login.replace('.', '-')}@home.example.com` : null,
        mobilePhone: `+44 7700 900${String(dice.below(1000)).padStart(3, '0')}`,
        phone: dice.chance(70) ? `+44 20 7946 0${String(dice.below(1000)).padStart(3, '0')}` : null,
        location: dice.pick(CITIES),
        employmentType,
        status: 'active',
        startDaysAgo: served(dice, position.level, employmentType),
        endDaysAgo: null,
        care: dice.pick(['careful', 'careful', 'careful', 'ordinary', 'ordinary']),
        story: null,
        ...position,
      };
    },
  };
}

function served(dice, level, employmentType) {
  if (employmentType === 'Intern') return dice.between(20, 200);
  return level < 4 ? dice.between(900, 5200) : dice.between(60, 3400);
}

/** Five levels: the chief executive, chiefs, directors, managers, everybody else. */
function tree(dice, roster) {
  const office = { department: 'Executive Office', costCentre: 'CC-1000' };
  const top = roster.hire({ ...office, level: 1, title: 'Chief Executive Officer', manager: null });
  const chiefs = new Map();
  for (const [area, title] of Object.entries(CHIEFS))
    chiefs.set(area, roster.hire({ ...office, level: 2, title, manager: top.id }));

  const crew = (count, bosses, position) =>
    Array.from({ length: count }, (_, index) =>
      roster.hire({ ...position(), manager: bosses[index % bosses.length].id }),
    );
  const below = DEPARTMENTS.flatMap(({ name, chief, costCentre, titles, ...size }) => {
    const at = { department: name, costCentre };
    const directors = crew(size.directors, [chiefs.get(chief)], () => ({
      ...at,
      level: 3,
      title: `Director, ${name}`,
    }));
    const managers = crew(size.managers, directors, () => ({ ...at, level: 4, title: `${name} Manager` }));
    const staff = crew(size.staff, managers, () => ({ ...at, level: 5, title: dice.pick(titles) }));
    return [...directors, ...managers, ...staff];
  });

  return [top, ...chiefs.values(), ...below];
}

/** Who left, who is new, and who keeps the security desk awake. */
function castRoles(dice, people) {
  const staff = dice.shuffled(people.filter(({ level }) => level === 5));
  const technical = staff.filter(({ department }) => TECHNICAL.includes(department));
  const selling = staff.filter(({ department }) => department === 'Sales');
  const free = (list, count) => list.filter(({ story }) => story === null).slice(0, count);
  const tell = (list, story, change = () => ({})) => {
    for (const person of list) Object.assign(person, { story }, change());
  };
  const left = () => ({ status: 'inactive', endDaysAgo: dice.between(6, 420), startDaysAgo: dice.between(500, 3000) });

  tell(free(technical, 5), 'left, administrator forgotten', left);
  tell(free(selling, 5), 'left, cloud forgotten', left);
  tell(free(staff, 10), 'left', left);
  tell(free(staff, 8), 'new', () => ({ startDaysAgo: dice.between(1, 9) }));
  tell(free(staff, 4), 'starts soon', () => ({ startDaysAgo: -dice.between(2, 12) }));
  tell(free(staff, 6), 'breached', () => ({ care: 'careless' }));
  tell(free(technical, 3), 'hoards rights', () => ({ care: 'careless' }));
  tell(free(staff, 5), 'under attack');
  tell(free(staff, 18), 'careless', () => ({ care: 'careless' }));

  for (const person of people)
    if (person.employmentType !== 'Employee' && person.status === 'active') person.endDaysAgo = -dice.between(30, 300);
}

export const TECHNICAL = ['Engineering', 'Platform Operations', 'Information Security'];

function services(dice, people) {
  return SERVICES.map(({ name, slug, department }, index) => {
    const answerable = dice.pick(people.filter((person) => person.department === department && person.level === 4));
    return {
      id: `S2${String(1001 + index * 3)}`,
      ownerType: 'service',
      name,
      login: `svc-${slug}`,
      shortName: slug,
      email: `svc-${slug}@${DOMAIN}`,
      department,
      title: 'Service',
      location: answerable.location,
      employmentType: 'Service',
      status: 'active',
      manager: answerable.id,
      startDaysAgo: dice.between(200, 2600),
      endDaysAgo: null,
      costCentre: answerable.costCentre,
      care: 'unattended',
      story: null,
    };
  });
}

function partners(dice, people) {
  const draw = namesFrom(dice);
  return PARTNERS.map(({ firm, trade }, index) => {
    const { given, family } = draw();
    const sponsor = dice.pick(people.filter(({ level, status }) => level === 4 && status === 'active'));
    const login = `${plainLetters(given)}.${plainLetters(family)}`;
    return {
      id: `P3${String(1001 + index * 7)}`,
      ownerType: 'federated',
      name: `${given} ${family}`,
      login,
      shortName: `x${plainLetters(family).slice(0, 4)}${plainLetters(given).slice(0, 2)}`,
      email: `${login}@${firm}.example.com`,
      department: sponsor.department,
      title: trade,
      location: dice.pick(CITIES),
      employmentType: 'Partner',
      status: 'active',
      manager: sponsor.id,
      startDaysAgo: dice.between(90, 1200),
      endDaysAgo: dice.chance(60) ? -dice.between(40, 400) : null,
      costCentre: sponsor.costCentre,
      care: 'ordinary',
      story: null,
    };
  });
}
