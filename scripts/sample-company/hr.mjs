/** One record a person, service or partner. People sign in to it through single sign-on, so it holds no password and knows no second factor. */
export function hrRecords({ people, dice, when }) {
  return people.map((person) => ({
    nativeIdentity: person.id,
    identityId: person.id,
    name: person.login,
    displayName: person.name,
    email: person.email,
    description: NOTES[person.story ?? person.name] ?? '',
    'attributes.altEmail': person.altEmail,
    'attributes.department': person.department,
    'attributes.title': person.title,
    'attributes.location': person.location,
    'attributes.ownerType': person.ownerType,
    'attributes.employmentType': person.employmentType,
    'attributes.employmentStatus': person.status,
    'attributes.managerId': person.manager,
    'attributes.mobilePhone': person.mobilePhone,
    'attributes.phone': person.phone,
    'attributes.startDate': when.day(person.startDaysAgo),
    'attributes.endDate': when.day(person.endDaysAgo),
    'attributes.costCentre': person.costCentre,
    disabled: person.status === 'inactive',
    createdAt: when.instant(Math.max(3, person.startDaysAgo), [5, 6], dice),
    lastLoginAt: lastSeen(person, dice, when),
    passwordEnabled: false,
  }));
}

function lastSeen(person, dice, when) {
  if (person.story === 'starts soon') return when.instant(1, [8, 19], dice);
  const daysAgo = person.endDaysAgo > 0 ? person.endDaysAgo + 1 : dice.between(1, 28);
  return when.instant(Math.min(daysAgo, Math.max(1, person.startDaysAgo)), [8, 19], dice);
}

const NOTES = {
  'starts soon': 'Pre-boarding\nAccounts are made ahead of the first day.',
  'left, administrator forgotten': 'Exit interview held, "all clear" from the line manager.',
  "Siobhán O'Brien": 'Known as Shiv; signs as O’Brien, S.',
  'Backup Agent': 'Writes to D:\\vault\\nightly, keeps 100 % of the last 35 days',
};
