/** Files of a company of 4,000 people with 20,000 accounts, and of the same company some weeks later. */
const people = 4_000;
const accounts = 20_000;

type Phase = 'first' | 'between' | 'later';

export const hrConfig = {
  kind: 'delimited-file',
  authoritative: true,
  mapping: {
    Id: 'nativeIdentity',
    Name: 'name',
    Mail: 'email',
    Dept: 'attributes.department',
    Boss: 'attributes.boss',
    Status: 'attributes.status',
  },
  ownerMapping: {
    name: 'name',
    email: 'email',
    'attributes.department': 'department',
    'attributes.boss': 'manager',
    'attributes.status': 'status',
  },
};
export const systemConfig = {
  kind: 'delimited-file',
  mapping: {
    login: 'nativeIdentity',
    uid: 'uuid',
    staff: 'identityId',
    mail: 'email',
    off: 'disabled',
    mfa: 'mfaEnabled',
    groups: 'groups',
    city: 'attributes.city',
  },
  privilegedEntitlements: ['Group 3'],
  highlyPrivilegedEntitlements: ['Group 7'],
};

/** Whether the record of that number is away in that phase: some go for good, some come late, some are away in between. */
function away(i: number, phase: Phase): boolean {
  if (i % 40 === 1) return phase === 'later';
  if (i % 40 === 2) return phase === 'first';
  return i % 40 === 3 && phase === 'between';
}

const shift = (i: number, phase: Phase) => (phase === 'later' && i % 7 === 0 ? 1 : 0);

export function hrFile(phase: Phase): string {
  const rows = ['Id,Name,Mail,Dept,Boss,Status'];
  for (let i = 0; i < people; i++) {
    if (away(i, phase)) continue;
    // In the later file every fifth hundred exchange their addresses in pairs.
    const mail = phase === 'later' && i % 100 < 4 ? i ^ 1 : i;
    const boss = i === 0 ? '' : i % 500 === 9 ? 'E99999' : `E${Math.floor(i / 8) + shift(i, phase)}`;
    const status = i % 50 === 5 && phase === 'later' ? 'inactive' : i % 900 === 7 ? 'retired' : 'active';
    rows.push(`E${i},Person ${i},p${mail}@example.com,Dept ${(i + shift(i, phase)) % 30},${boss},${status}`);
  }
  return rows.join('\n');
}

export function systemFile(phase: Phase): string {
  const rows = ['login,uid,staff,mail,off,mfa,groups,city'];
  for (let i = 0; i < accounts; i++) {
    if (away(i, phase)) continue;
    const n = i + shift(i, phase);
    const login = phase === 'later' && i % 90 === 11 ? `renamed${i}` : `login${i}`;
    const staff = i % 6 === 0 ? '' : `E${n % people}`;
    const mail = i % 6 === 0 ? `p${n % (people + 300)}@example.com` : '';
    const groups = Array.from({ length: n % 4 }, (_, k) => `Group ${(n + k) % 40}`).join('|');
    const off = i % 1_700 === 13 ? 'maybe' : n % 9 === 0;
    rows.push(`${login},U${i},${staff},${mail},${off},${n % 2 === 0},${groups},City ${n % 50}`);
  }
  return rows.join('\n');
}
