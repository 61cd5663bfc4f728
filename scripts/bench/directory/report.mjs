// What was found about the directory, as lines of the terminal.
export function nestingLineOf({ firstPage, leafPage, whole, addUser, addTop, othersP99, othersWorst }) {
  return `members of the top group: first 100 in ${ms(firstPage)} (of a leaf ${ms(leafPage)}), all in ${ms(whole)}; a user added at the top in ${ms(addUser)}, the top put into one more group in ${ms(addTop)}; others meanwhile p99 ${ms(othersP99)}, at worst ${ms(othersWorst)}`;
}

export function roundsLineOf({ perSecond, serverMs, databaseMs }) {
  return `users made, renamed, locked and deleted: ${perSecond.toFixed(0)} rounds/s; a round ${ms(serverMs)} CPU + ${ms(databaseMs)} in the database`;
}

export function directoryMarkdownOf({ nesting, rounds }) {
  return [nestingLineOf(nesting), roundsLineOf(rounds)].map((line) => `- ${line}`);
}

function ms(value) {
  return `${value.toFixed(1)} ms`;
}
