import { posture } from './posture.mjs';

const TEAMS = ['firmware', 'web', 'platform', 'data', 'docs', 'release', 'mobile', 'test-lab'];
const CODERS = ['Engineering', 'Platform Operations', 'Information Security', 'Research', 'Marketing'];

/** Members are known by their single sign-on name; the public mail address is theirs to leave empty. */
export function githubAccounts({ people, dice, when }) {
  const context = { dice, when };
  let number = 7_400_000;
  const account = (login, owner, more) => {
    number += dice.between(11, 4000);
    return {
      nativeIdentity: String(number),
      name: login,
      displayName: owner?.name,
      userPrincipalName: owner?.email,
      roles: ['org-member'],
      groups: [],
      ...more,
    };
  };

  const member = (owner, index) =>
    account(`${owner.shortName}-mer`, owner, {
      displayName: SELF_CHOSEN[index % 23] ?? owner.name,
      description: index % 23 in SELF_CHOSEN ? 'opinions: 100% mine' : '',
      email: dice.chance(35) ? owner.email : '',
      roles: [orgRole(owner, dice)],
      groups: dice.some(TEAMS, dice.between(0, 3)),
      ...posture(owner, context, { kind: 'cloud', password: dice.chance(50) }),
    });

  const bot = (owner) =>
    Array.from({ length: dice.between(2, 5) }, (_, index) =>
      account(`mer-${owner.shortName}-bot${index + 1}`, owner, {
        displayName: `${owner.name} Bot ${index + 1}`,
        userPrincipalName: '',
        email: owner.email,
        groups: ['automation'],
        roles: [index === 0 && dice.chance(10) ? 'org-owner' : 'org-member'],
        ...posture(owner, context, { kind: 'service' }),
      }),
    );

  const coders = people.filter(({ ownerType, department }) => ownerType === 'human' && CODERS.includes(department));
  return [
    ...coders.map(member),
    ...people
      .filter(({ title }) => COLLABORATING.includes(title))
      .map((owner) =>
        account(`${owner.shortName}-ext`, owner, {
          email: owner.email,
          roles: ['outside-collaborator'],
          ...posture(owner, context, { kind: 'cloud' }),
        }),
      ),
    ...people.filter(({ shortName }) => BOTS.includes(shortName)).flatMap(bot),
    ...orphans({ account, context }),
  ];
}

const COLLABORATING = ['Firmware Contractor', 'Penetration Tester', 'Print Designer'];
const BOTS = [
  'ci-runner',
  'artifacts',
  'signing',
  'registry',
  'vulnscan',
  'certs',
  'chat',
  'monitoring',
  'patching',
  'robots',
];
const SELF_CHOSEN = { 3: 'tab\\not\\spaces', 9: '"root"', 16: 'ship it 🚢 100%' };

function orgRole(owner, dice) {
  if (owner.story === 'hoards rights' || (owner.level === 3 && owner.department !== 'Marketing')) return 'org-owner';
  return dice.chance(3) ? 'billing-manager' : 'org-member';
}

function orphans({ account, context }) {
  const nobody = (login, more = {}, kind = 'person') =>
    account(login, null, { displayName: '', ...posture(null, context, { kind }), ...more });

  return [
    nobody('mer-legacy-deploy', { displayName: 'legacy deploy', roles: ['org-owner'], mfaEnabled: false }, 'service'),
    nobody('mer-test-bot', {}, 'service'),
    nobody('octave-mer', { email: 'octave@home.example.com', roles: ['outside-collaborator'] }),
    nobody('nightjar77', { email: 'nightjar77@home.example.com' }),
    nobody('0xkestrel', { displayName: 'k', roles: ['outside-collaborator'] }),
    nobody('mer-intern-2023', { displayName: 'Intern "2023"', disabled: true }),
    nobody('mer-intern-2024', { displayName: 'Intern "2024"', userPrincipalName: 'intern2024@meridian.example.com' }),
    nobody('tarn-and-co', { email: 'dev@tarn-and-co.example.com', roles: ['outside-collaborator'] }),
    nobody('helio-mer', { userPrincipalName: 'helio.brandao@meridian.example.com', displayName: 'Hélio Brandão' }),
    nobody('fixme-mer', { displayName: 'a\\b\tc', description: 'bio with a tab:\tand\na second line' }),
  ];
}
