// Pages at nine tenths of the list, in every order, by the database's own clock.
const { accountPageFromEndQuery, accountPageQuery } = await import('../../dist/libs/accounts/src/account-page.js');
const { orderKeyOf } = await import('../../dist/libs/accounts/src/account-order.js');
const { everything } = await import('../../dist/libs/query/src/index.js');

export async function measureDeepPages({ database: { client }, organization }, count) {
  const offset = Math.floor(count * 0.9);
  const times = [];
  for (const path of ['id', 'name', 'created', 'modified']) {
    for (const direction of ['asc', 'desc']) {
      const request = { where: everything, order: [orderKeyOf({ path, direction })], limit: 250, offset };
      const { rows: query } = offset >= 10_000 ? accountPageFromEndQuery(request, {}) : accountPageQuery(request);
      const values = [organization, ...query.values];
      times.push({
        order: `${path} ${direction}`,
        offset,
        ms: await executionMs(client, query.statement.text, values),
      });
    }
  }
  return times;
}

/** Planning and execution by the database's own clock, the median of five. */
export async function executionMs(client, text, values) {
  const times = [];
  for (let i = 0; i < 5; i++) {
    const { rows } = await client.query(`explain (analyze, timing off, format json) ${text}`, values);
    const [plan] = rows[0]['QUERY PLAN'];
    times.push(plan['Planning Time'] + plan['Execution Time']);
  }
  return times.toSorted((a, b) => a - b)[2];
}
