import { administrators } from './active-directory.mjs';
import { posture } from './posture.mjs';

const GROUPS = ['All Staff', 'Remote Work', 'Meeting Room Booking', 'Design Tool', 'Expense Tool', 'Wiki Editors'];
const DIRECTORY_ROLES = ['User Administrator', 'Helpdesk Administrator', 'Exchange Administrator', 'Security Reader'];
const TOP_ROLES = ['Global Administrator', 'Privileged Role Administrator'];

export function entraAccounts({ people, dice, when }) {
  const context = { dice, when };
  const account = (name, owner, more) => ({
    nativeIdentity: dice.uuid(),
    name,
    userPrincipalName: `${name}@meridian.example.com`,
    email: owner?.email,
    'attributes.userType': 'Member',
    groups: [],
    roles: [],
    ...more,
  });

  const member = (owner, index) =>
    account(owner.login, owner, {
      displayName: owner.name,
      email: index % 11 === 0 ? shouted(owner.email) : owner.email,
      groups: ['All Staff', ...dice.some(GROUPS.slice(1), dice.between(0, 3))],
      ...posture(owner, context),
    });

  const administrator = (owner) =>
    account(`adm.${owner.login}`, owner, {
      displayName: `Cloud Admin, ${owner.name}`,
      userPrincipalName: `adm.${owner.login}@cloud.meridian.example.com`,
      roles:
        owner.story === 'hoards rights'
          ? [...DIRECTORY_ROLES, ...TOP_ROLES]
          : [dice.chance(12) ? dice.pick(TOP_ROLES) : dice.pick(DIRECTORY_ROLES)],
      ...posture(owner, context, { kind: 'administrator' }),
    });

  const guest = (owner) =>
    account(owner.login, owner, {
      displayName: `${owner.name} (Guest)`,
      userPrincipalName: `${owner.email.replace('@', '_')}#EXT#@meridian.example.com`,
      'attributes.userType': 'Guest',
      groups: ['Partner Workspace'],
      ...posture(owner, context, { password: false }),
    });

  const room = (owner, index) =>
    account(`room-${String(index + 1).padStart(2, '0')}`, owner, {
      displayName: `Room ${index + 1}, ${owner.location}`,
      'attributes.userType': 'Resource',
      groups: ['Meeting Room Displays'],
      ...posture(owner, context, { kind: 'shared' }),
    });

  const application = (owner) =>
    Array.from({ length: dice.between(2, 5) }, (_, index) =>
      account(`${owner.login}-app${index + 1}`, owner, {
        displayName: `${owner.name} / ${['production', 'staging', 'recovery', 'preview', 'load test'][index]}`,
        'attributes.userType': 'Application',
        roles: dice.chance(8) ? ['Application Administrator'] : [],
        ...posture(owner, context, { kind: 'service' }),
      }),
    );

  const of = (type) => people.filter(({ ownerType }) => ownerType === type);
  return [
    ...of('human').map(member),
    ...administrators(people).map(administrator),
    ...of('federated').map(guest),
    ...of('human')
      .filter(({ level }) => level === 3 || level === 4)
      .map(room),
    ...of('service').flatMap(application),
    ...orphans({ people, dice, account, context }),
  ];
}

/** Mail addresses are written in any case; they still name one person. */
function shouted(email) {
  return email.replaceAll(/(^|[.@])[a-z]/g, (start) => start.toUpperCase());
}

function orphans({ people, dice, account, context }) {
  const nobody = (name, more, kind = 'service') =>
    account(name, null, { ...posture(null, context, { kind }), ...more });
  const homeUsers = dice.some(
    people.filter(({ altEmail, status }) => altEmail && status === 'active'),
    3,
  );

  return [
    ...[1, 2].map((index) =>
      nobody(`emergency${index}`, {
        displayName: `Emergency Access ${index}`,
        roles: ['Global Administrator'],
        privileged: true,
        vaulted: true,
        lastLoginAt: '',
      }),
    ),
    ...MAILBOXES.map(([name, displayName]) =>
      nobody(name, { displayName, email: `${name}@meridian.example.com`, shared: true, passwordEnabled: false }),
    ),
    ...homeUsers.map((person) =>
      nobody(
        `guest.${person.login}`,
        { displayName: person.name, email: person.altEmail, 'attributes.userType': 'Guest' },
        'person',
      ),
    ),
    ...GUESTS.map(([name, displayName]) =>
      nobody(
        name,
        { displayName, email: `${name}@fernhill-freight.example.com`, 'attributes.userType': 'Guest' },
        'person',
      ),
    ),
    nobody('test.tenant', { displayName: 'Test Tenant %USER%', passwordLastSetAt: '' }),
    nobody('sync_ad01', { displayName: 'On-Premises Sync (old server)', disabled: true }),
  ];
}

const MAILBOXES = [
  ['careers', 'Careers'],
  ['invoices', 'Invoices'],
  ['press', 'Press & Media'],
  ['boardroom', 'Boardroom, 3rd floor'],
  ['returns', 'Returns "Fast Lane"'],
  ['harbour.desk', 'Harbour Desk'],
];

const GUESTS = [
  ['noor.ashby', 'Noor Ashby'],
  ['ewan.teale', 'Ewan Teale'],
  ['sanna.hovi', 'Sanna Hövi'],
  ['ines.pardal', 'Inês Pardal'],
  ['bo.tranter', 'Bo Tranter'],
  ['gwen.arkle', 'Gwen Arkle'],
  ['yara.lind', 'Yara Lind'],
  ['otis.merle', 'Otis Merle'],
];
