// Writes the source files of the sample company into demo/company. The same bytes every time: a changed rule shows as a changed file.
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { activeDirectoryAccounts } from './sample-company/active-directory.mjs';
import { calendar } from './sample-company/calendar.mjs';
import { cell, delimited } from './sample-company/delimited.mjs';
import { dice } from './sample-company/dice.mjs';
import { entraAccounts } from './sample-company/entra-id.mjs';
import { githubAccounts } from './sample-company/github.mjs';
import { hrRecords } from './sample-company/hr.mjs';
import { peopleOf } from './sample-company/people.mjs';
import { salesforceAccounts } from './sample-company/salesforce.mjs';
import { sapAccounts } from './sample-company/sap-erp.mjs';

const SYSTEMS = {
  'hr.csv': hrRecords,
  'active-directory.csv': activeDirectoryAccounts,
  'entra-id.csv': entraAccounts,
  'salesforce.csv': salesforceAccounts,
  'sap-erp.csv': sapAccounts,
  'github.csv': githubAccounts,
};
const WITH_BYTE_ORDER_MARK = ['active-directory.csv'];

/** The text of every source file by its name. Column names and separators come from the connectors that will read them. */
export function sampleCompany({ referenceDate, systems }) {
  const people = peopleOf(dice('people'));
  const when = calendar(referenceDate);

  return Object.fromEntries(
    systems.map(({ file, connector: { config } }) => {
      const accounts = SYSTEMS[file]({ people, when, dice: dice(file) });
      const targets = Object.values(config.mapping);
      const rows = accounts.map((account) => targets.map((target) => cell(account[target])));
      const format = { separator: config.separator, byteOrderMark: WITH_BYTE_ORDER_MARK.includes(file) };
      return [file, delimited(Object.keys(config.mapping), rows, format)];
    }),
  );
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const folder = new URL('../demo/company/', import.meta.url);
  const company = JSON.parse(readFileSync(new URL('company.json', folder), 'utf8'));
  for (const [file, text] of Object.entries(sampleCompany(company))) writeFileSync(new URL(file, folder), text);
}
