import { posture } from './posture.mjs';

const PROFILES = {
  Sales: 'Sales User',
  Marketing: 'Marketing User',
  'Customer Care': 'Support Agent',
  Finance: 'Read Only',
  Legal: 'Contract Reviewer',
};
const PERMISSION_SETS = ['Export Reports', 'Run Flows', 'Edit Price Books', 'Mass Email', 'Knowledge Editor'];
const PUBLIC_GROUPS = ['Northern Region', 'Southern Region', 'Key Accounts', 'Renewals'];
const SANDBOXES = [
  { environment: 'uat', share: 74 },
  { environment: 'dev', share: 50 },
];

/** A sandbox user is a copy with a longer user name and the same mail address. */
export function salesforceAccounts({ people, dice, when }) {
  const context = { dice, when };
  const account = (user, environment, owner, more) => ({
    nativeIdentity: environment === 'production' ? user : `${user}.${environment}`,
    name: user.split('@')[0],
    displayName: owner?.name,
    email: owner?.email,
    'attributes.environment': environment,
    entitlements: [],
    groups: [],
    ...more,
  });

  const user = (owner, index) => {
    const administers = ['Sales', 'Marketing'].includes(owner.department) && owner.level === 3;
    const profile = administers ? 'System Administrator' : (PROFILES[owner.department] ?? 'Read Only');
    const live = account(owner.email, 'production', owner, {
      displayName: `${owner.name}${NICKNAMES[index % 40] ?? ''}`,
      roles: [profile],
      entitlements: dice.some(PERMISSION_SETS, dice.between(0, 2)),
      groups: dice.some(PUBLIC_GROUPS, dice.between(0, 2)),
      ...posture(owner, context, { kind: 'cloud', password: dice.chance(35) }),
    });
    const copies = SANDBOXES.filter(({ share }) => dice.chance(share)).map(({ environment }) =>
      account(owner.email, environment, owner, {
        roles: [dice.chance(8) ? 'System Administrator' : profile],
        ...posture(owner, context, { kind: 'secondary', password: dice.chance(35) }),
        description: `Copied to "${environment}" with 0 % of the mail`,
      }),
    );
    return [live, ...copies];
  };

  const integration = (owner) =>
    ['production', 'uat'].map((environment) =>
      account(owner.email, environment, owner, {
        roles: ['Integration User'],
        entitlements: dice.chance(15) ? ['Modify All Data', 'API Enabled'] : ['API Enabled'],
        ...posture(owner, context, { kind: 'service' }),
      }),
    );

  const users = people.filter(
    ({ ownerType, department, level }) => ownerType === 'human' && (department in PROFILES || level === 2),
  );
  return [
    ...users.flatMap(user),
    ...people.filter(({ title }) => title === 'Reseller').flatMap(user),
    ...people.filter(({ shortName }) => INTEGRATIONS.includes(shortName)).flatMap(integration),
    ...orphans({ dice, account, context }),
  ];
}

const INTEGRATIONS = ['crm', 'phone', 'chat', 'invoice', 'dwload', 'edi', 'mailrelay', 'monitoring'];

const NICKNAMES = { 6: ' "110 %"', 17: ' \\ Northern Desk', 29: ' (away 50%)' };

function orphans({ dice, account, context }) {
  const nobody = (user, more = {}, kind = 'service') =>
    account(`${user}@meridian.example.com`, 'production', null, {
      displayName: user,
      ...posture(null, context, { kind }),
      ...more,
    });

  return [
    nobody('sf.admin', {
      displayName: 'Org Admin',
      roles: ['System Administrator'],
      privileged: true,
      mfaEnabled: false,
    }),
    nobody('sf.autoproc', { displayName: 'Automated Process', passwordEnabled: false, passwordLastSetAt: '' }),
    nobody('sf.siteguest', { displayName: 'Site Guest User', passwordEnabled: false, passwordLastSetAt: '' }),
    nobody('sf.test', { displayName: "Test 'User'; DROP", description: 'Left by a penetration test', disabled: true }),
    nobody('sf.demo', { displayName: 'Demo, do not delete', shared: true }),
    ...FAIR_STAFF.map(([name, displayName]) =>
      nobody(
        name,
        { displayName, roles: ['Read Only'], email: `${name}@home.example.com`, disabled: dice.chance(30) },
        'person',
      ),
    ),
  ];
}

const FAIR_STAFF = [
  ['cleo.marsh', 'Cleo Marsh'],
  ['ambrose.fenn', 'Ambrose Fenn'],
  ['tove.rydal', 'Tove Rydal'],
  ['ines.caldas', 'Inês Caldas'],
  ['rafe.holloway', 'Rafe Holloway'],
  ['mina.petrescu', 'Mina Petrescu'],
  ['aled.prys', 'Aled Prys'],
  ['una.keogh', 'Úna Keogh'],
];
