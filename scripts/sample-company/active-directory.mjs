import { TECHNICAL } from './people.mjs';
import { posture } from './posture.mjs';

const BY_DEPARTMENT = {
  'Executive Office': ['Board Papers', 'Travel Approvers'],
  Engineering: ['Source Readers', 'Build Farm Users', 'Lab Network'],
  'Platform Operations': ['Service Desk', 'Jump Host Users', 'Monitoring Readers'],
  Research: ['Lab Network', 'Compute Cluster Users'],
  'Information Security': ['SIEM Readers', 'Jump Host Users', 'Vault Users'],
  Finance: ['Ledger Readers', 'Payment File Share', 'Month-End Close'],
  Legal: ['Contract Archive', 'Board Papers'],
  People: ['Personnel Files', 'Payroll Share'],
  Sales: ['Price Lists', 'Tender Share'],
  Marketing: ['Brand Assets', 'Web Editors'],
  'Customer Care': ['Ticket Agents', 'Call Recording Readers'],
  'Supply Chain': ['Warehouse Terminals', 'Freight Desk'],
};
const ADMIN_GROUPS = ['Server Operators', 'Backup Operators', 'Account Operators', 'Workstation Admins', 'DnsAdmins'];
const TOP_GROUPS = ['Domain Admins', 'Enterprise Admins', 'Schema Admins'];
const INSTALLING = ['Engineering', 'Research'];
const SITES = ['Lobby', 'Weighbridge', 'Cold Store', 'Packing Line', 'Dispatch', 'Print Room', 'Canteen', 'Gatehouse'];

export function activeDirectoryAccounts({ people, dice, when }) {
  const context = { dice, when };
  const at = (unit, short) => `CN=${short},OU=${unit},DC=meridian,DC=example,DC=com`;
  const account = (unit, short, owner, more) => ({
    nativeIdentity: at(unit, short),
    name: short,
    uuid: dice.uuid(),
    identityId: owner?.id,
    userPrincipalName: `${short}@ad.meridian.example.com`,
    'attributes.office': owner?.location,
    ...more,
  });

  const person = (owner) =>
    account(owner.ownerType === 'federated' ? 'Partners' : 'People', owner.shortName, owner, {
      displayName: owner.name,
      email: owner.email,
      groups: ['Domain Users', ...(owner.ownerType === 'federated' ? ['VPN Partners'] : everydayGroups(owner, dice))],
      ...posture(owner, context),
    });

  const administrator = (owner) => {
    const hoards = owner.story === 'hoards rights';
    const groups = hoards
      ? [...ADMIN_GROUPS, ...TOP_GROUPS, ...Object.values(BY_DEPARTMENT).flat()]
      : [...dice.some(ADMIN_GROUPS, dice.between(1, 2)), ...(dice.chance(14) ? [dice.pick(TOP_GROUPS)] : [])];
    return account('Admins', `adm-${owner.shortName}`, owner, {
      displayName: `${owner.name} (Admin)`,
      groups: ['Domain Users', ...new Set(groups)],
      description: hoards ? 'Temporary, until the migration is 100% done' : '',
      ...posture(owner, context, { kind: 'administrator' }),
    });
  };

  const workstation = (owner) =>
    account('Workstations', `wks-${owner.shortName}`, owner, {
      displayName: `${owner.name} (Workstation)`,
      description: 'Installs software on the own machine only',
      groups: ['Local Installers'],
      ...posture(owner, context, { kind: 'secondary' }),
    });

  const service = (owner) =>
    Array.from({ length: dice.between(2, 7) }, (_, index) =>
      account('Services', `svc-${owner.shortName}-${String(index + 1).padStart(2, '0')}`, owner, {
        displayName: `${owner.name} ${index + 1}`,
        email: index === 0 ? owner.email : '',
        description: SERVICE_NOTES[owner.shortName]?.[index] ?? '',
        groups: ['Service Logon', ...(dice.chance(12) ? [dice.pick(['Backup Operators', 'Server Operators'])] : [])],
        ...posture(owner, context, { kind: 'service' }),
      }),
    );

  const desk = (owner, index) => {
    const site = SITES[index % SITES.length];
    return account('Shared', `desk-${String(index + 1).padStart(3, '0')}`, owner, {
      displayName: `${site} ${1 + Math.floor(index / SITES.length)}`,
      description: `Shared desk "${site}", answerable: ${owner.name}`,
      groups: ['Shared Desks'],
      ...posture(owner, context, { kind: 'shared' }),
    });
  };

  const active = people.filter(({ status }) => status === 'active');
  return [
    ...people.filter(({ ownerType }) => ownerType !== 'service').map(person),
    ...administrators(people).map(administrator),
    ...people.filter(({ department, level }) => level === 5 && INSTALLING.includes(department)).map(workstation),
    ...people.filter(({ ownerType }) => ownerType === 'service').flatMap(service),
    ...dice
      .some(
        active.filter(({ level }) => level === 4),
        30,
      )
      .map(desk),
    ...orphans({ people, dice, account, context }),
  ];
}

/** Whoever runs systems has a second account for it. */
export function administrators(people) {
  return people.filter(
    ({ department, level, story, ownerType }) =>
      ownerType === 'human' &&
      (['left, administrator forgotten', 'hoards rights'].includes(story) ||
        (level > 2 && ['Platform Operations', 'Information Security'].includes(department)) ||
        (level === 4 && TECHNICAL.includes(department))),
  );
}

function everydayGroups(owner, dice) {
  const own = BY_DEPARTMENT[owner.department];
  return [...dice.some(own, dice.between(1, own.length)), ...(dice.chance(60) ? ['VPN Users'] : [])];
}

const SERVICE_NOTES = {
  backup: [
    'Runs the nightly job,\nrestarts itself on the hour.\nAsk before disabling!',
    'Reads \\\\files\\home, skips *.tmp',
    'Throttled to 40 % of the line',
  ],
  print: ['Spooler for C:\\Print\\Queue', 'Labels only; no "secure print"'],
  badge: ['Doors, lifts; barrier at the gatehouse'],
};

function orphans({ people, dice, account, context }) {
  const nobody = (short, displayName, more = {}, kind = 'service') =>
    account('Unsorted', short, null, {
      displayName,
      groups: ['Domain Users'],
      ...posture(null, context, { kind }),
      ...more,
    });
  const reachable = dice.some(
    people.filter(({ altEmail, status }) => altEmail && status === 'active'),
    5,
  );
  const unnumbered = dice.some(
    people.filter(({ level, status }) => level === 5 && status === 'active'),
    4,
  );

  return [
    nobody('administrator', 'Administrator', {
      description: 'Built-in account for "break glass" use.\nPassword envelope in the safe.',
      groups: ['Domain Users', 'Domain Admins', 'Enterprise Admins', 'Schema Admins'],
      privileged: true,
      vaulted: true,
    }),
    nobody('guest', 'Guest', { disabled: true, lastLoginAt: '', passwordLastSetAt: '' }),
    nobody('krbtgt', 'krbtgt', { disabled: true, lastLoginAt: '' }),
    nobody('test1', 'Test 1'),
    nobody('test2', 'Test 2', { lastLoginAt: '' }),
    nobody('testadmin', 'Test Admin', { groups: ['Domain Admins'], privileged: true, mfaEnabled: false }),
    nobody('scanner', 'scan\\to\\mail', { description: 'C:\\scan\\out' }),
    nobody('sale50', '50% Sale Desk', { shared: true }),
    nobody('quote', 'The "Quote" Kiosk', { shared: true }),
    nobody('svc-legacy', 'Legacy ERP Link', { description: 'Owner unknown since the 2019 move' }),
    ...reachable.map((person, index) =>
      nobody(
        `x-${person.shortName}`,
        `${person.name} (old)`,
        { email: person.altEmail, disabled: index === 4 },
        'person',
      ),
    ),
    ...unnumbered.map((person) => nobody(`${person.shortName}-2`, person.name, { email: person.email }, 'person')),
    ...STRANGERS.map(([short, name]) =>
      nobody(
        short,
        name,
        { email: `${short}@home.example.com`, identityId: dice.chance(40) ? 'E09999' : '' },
        'person',
      ),
    ),
    ...Array.from({ length: 20 }, (_, index) =>
      nobody(`train${String(index + 1).padStart(2, '0')}`, `Training Seat ${index + 1}`),
    ),
  ];
}

const STRANGERS = [
  ['p.oakden', 'Petra Oakden'],
  ['h.lillefjord', 'Hjørdis Lillefjord'],
  ['t.quill', 'Thaddeus Quill'],
  ['m.abruzzo', 'Mirko Abruzzo'],
  ['d.falk', 'Désirée Falk'],
];
