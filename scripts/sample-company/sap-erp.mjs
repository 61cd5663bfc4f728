import { posture } from './posture.mjs';

const ROLES = {
  'Executive Office': ['Z_REPORT_VIEWER'],
  Finance: ['Z_FI_LEDGER_CLERK', 'Z_FI_PAYMENT_RUN', 'Z_FI_VENDOR_MASTER', 'Z_REPORT_VIEWER'],
  People: ['Z_HR_MASTER_DATA', 'Z_HR_PAYROLL', 'Z_REPORT_VIEWER'],
  Sales: ['Z_SD_ORDER_ENTRY', 'Z_SD_PRICING', 'Z_REPORT_VIEWER'],
  'Customer Care': ['Z_SD_RETURNS', 'Z_REPORT_VIEWER'],
  'Supply Chain': ['Z_MM_BUYER', 'Z_MM_GOODS_RECEIPT', 'Z_WM_WAREHOUSE', 'Z_REPORT_VIEWER'],
  'Platform Operations': ['Z_BASIS_MONITOR', 'Z_BASIS_TRANSPORT'],
};
const CLIENTS = [
  { client: '100', share: 100 },
  { client: '200', share: 72 },
  { client: '300', share: 60 },
];

/** An ERP user exists once in each client: production, quality, training. */
export function sapAccounts({ people, dice, when }) {
  const context = { dice, when };
  const account = (client, user, owner, more) => ({
    nativeIdentity: `${client}-${user}`,
    name: user,
    'attributes.client': client,
    displayName: owner?.name,
    email: owner?.email,
    'attributes.userType': 'Dialog',
    roles: [],
    entitlements: [],
    ...more,
  });

  const dialog = (owner) =>
    CLIENTS.filter(({ share }) => dice.chance(share)).map(({ client }) => {
      const roles = ROLES[owner.department] ?? ['Z_REPORT_VIEWER'];
      const mailKnown = client === '100' || dice.chance(50);
      return account(client, owner.shortName.toUpperCase(), owner, {
        email: mailKnown ? owner.email : '',
        userPrincipalName: mailKnown && dice.chance(40) ? '' : owner.email,
        roles: dice.some(roles, dice.between(1, 3)),
        entitlements: client !== '100' && dice.chance(4) ? ['SAP_ALL'] : [],
        ...posture(owner, context, { kind: client === '100' ? 'person' : 'secondary', password: dice.chance(45) }),
      });
    });

  const firefighter = (owner, index) =>
    account('100', `FF_${String(index + 1).padStart(2, '0')}`, owner, {
      displayName: `Firefighter ${index + 1}; ${owner.department}`,
      description: `Emergency user, answerable: ${owner.name}`,
      entitlements: [dice.pick(['SAP_ALL', 'S_A.SYSTEM', 'S_A.ADMIN'])],
      ...posture(owner, context, { kind: 'shared' }),
      privileged: true,
      vaulted: dice.chance(85),
    });

  const machine = (owner) =>
    CLIENTS.slice(0, dice.between(1, 3)).map(({ client }) =>
      account(client, `RFC_${owner.shortName.replaceAll('-', '_').toUpperCase()}`, owner, {
        'attributes.userType': 'System',
        roles: ['Z_RFC_INTERFACE'],
        entitlements: dice.chance(6) ? ['SAP_ALL'] : [],
        ...posture(owner, context, { kind: 'service' }),
      }),
    );

  const users = people.filter(({ ownerType, department }) => ownerType === 'human' && department in ROLES);
  const consultants = people.filter(({ title }) => title === 'ERP Consultant');
  return [
    ...[...users, ...consultants].flatMap(dialog),
    ...users.filter(({ level, status }) => level === 4 && status === 'active').map(firefighter),
    ...people.filter(({ shortName }) => INTERFACES.includes(shortName)).flatMap(machine),
    ...orphans({ dice, account, context }),
  ];
}

const INTERFACES = [
  'payroll',
  'invoice',
  'edi',
  'bankimp',
  'dwload',
  'robots',
  'crm',
  'monitoring',
  'backup',
  'transfer',
];

function orphans({ dice, account, context }) {
  const nobody = (client, user, more = {}, kind = 'service') =>
    account(client, user, null, { displayName: user, ...posture(null, context, { kind }), ...more });
  const builtIn = CLIENTS.flatMap(({ client }) => [
    nobody(client, 'SAP*', {
      entitlements: ['SAP_ALL'],
      privileged: true,
      vaulted: true,
      locked: true,
      description: 'Built-in; locked',
    }),
    nobody(client, 'DDIC', { entitlements: ['SAP_ALL'], privileged: true, vaulted: client === '100' }),
    nobody(client, 'EARLYWATCH', { entitlements: ['S_A.SHOW'], disabled: true }),
  ]);

  return [
    ...builtIn,
    nobody('200', 'TEST_FI', { displayName: 'Test; Finance', description: 'Order "4711" with 19 % tax' }),
    nobody('200', 'TEST_MM', { displayName: 'Test; Purchasing', lastLoginAt: '' }),
    nobody('300', 'TRAINER', { displayName: 'Trainer', shared: true, description: 'Slides in \\\\files\\training' }),
    nobody('100', 'COPPERL1', {
      displayName: 'Copperleaf Pool 1',
      email: 'pool1@copperleaf-erp.example.com',
      shared: true,
    }),
    nobody('100', 'COPPERL2', {
      displayName: 'Copperleaf Pool 2',
      email: 'pool2@copperleaf-erp.example.com',
      shared: true,
    }),
    nobody('100', 'BRUNDLE', { displayName: 'Sif Brundle', email: 'sif.brundle@meridian.example.com' }, 'person'),
    ...Array.from({ length: 12 }, (_, index) =>
      nobody('300', `TRAIN${String(index + 1).padStart(2, '0')}`, { disabled: dice.chance(40) }),
    ),
  ];
}
