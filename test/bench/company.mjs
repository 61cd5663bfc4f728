// A company of any size from a small seeded generator: the same arguments give the same bytes.
const first = [
  'Ada',
  'Bo',
  'Chidi',
  'Dana',
  'Elif',
  'Farah',
  'Goran',
  'Hana',
  'Ines',
  'Jun',
  'Kaya',
  'Lena',
  'Mara',
  'Nils',
  'Olga',
  'Priya',
];
const last = [
  'Abara',
  'Berg',
  'Castro',
  'Demir',
  'Eriksen',
  'Fontaine',
  'Gupta',
  'Haddad',
  'Ito',
  'Jansen',
  'Khan',
  'Lopez',
  'Meyer',
  'Novak',
  'Okafor',
  'Patel',
];
const departments = ['Engineering', 'Finance', 'Legal', 'Marketing', 'Operations', 'Research', 'Sales', 'Support'];
const titles = [
  'Analyst',
  'Architect',
  'Assistant',
  'Developer',
  'Director',
  'Manager',
  'Senior Developer',
  'Senior Manager',
];
const rights = ['read', 'write', 'admin', 'approve', 'export', 'audit', 'deploy', 'billing'];

function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const day = (offset) => new Date(Date.UTC(2026, 0, 1) - offset * 86_400_000).toISOString();

export const hrConfig = {
  kind: 'delimited-file',
  authoritative: true,
  mapping: {
    id: 'nativeIdentity',
    name: 'name',
    mail: 'email',
    department: 'attributes.department',
    title: 'attributes.title',
    boss: 'attributes.manager',
  },
  ownerMapping: {
    name: 'name',
    email: 'email',
    'attributes.department': 'department',
    'attributes.title': 'title',
    'attributes.manager': 'manager',
  },
};

export const accountConfig = {
  kind: 'delimited-file',
  mapping: {
    login: 'nativeIdentity',
    mail: 'email',
    disabled: 'disabled',
    mfa: 'mfaEnabled',
    seen: 'lastLoginAt',
    password: 'passwordLastSetAt',
    privileged: 'privileged',
    groups: 'groups',
    city: 'attributes.city',
  },
};

export function* people(count) {
  yield 'id,name,mail,department,title,boss\n';
  for (let i = 0; i < count; i++) {
    const name = `${first[i % 16]} ${last[(i >> 4) % 16]} ${i}`;
    const boss = i === 0 ? '' : `P${Math.floor((i - 1) / 8)}`;
    yield `P${i},${name},p${i}@corp.example.com,${departments[i % 8]},${titles[(i >> 3) % 8]},${boss}\n`;
  }
}

export function* accounts(count, owners) {
  const next = random(20260101);
  const pick = (n) => Math.floor(next() * n);
  yield 'login,mail,disabled,mfa,seen,password,privileged,groups,city\n';
  for (let i = 0; i < count; i++) {
    const mail = next() < 0.06 ? '' : `p${pick(owners)}@corp.example.com`;
    const groups = Array.from({ length: pick(6) }, () => `${rights[pick(8)]}-${pick(40)}`).join('|');
    const flags = [next() < 0.06, next() < 0.7, day(pick(400)), day(pick(700)), next() < 0.08];
    yield `account-${String(i).padStart(8, '0')},${mail},${flags.join(',')},${groups},City ${pick(50)}\n`;
  }
}
