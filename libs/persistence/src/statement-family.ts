import { type Statement, statement } from './statement.js';

/** Statements of one list whose text depends on which filters are given: the first `most` texts are prepared, no more. */
export function statementFamily<Row>(prefix: string, most: number): (text: string) => Statement<Row> {
  const known = new Map<string, Statement<Row>>();
  return (text) => {
    const found = known.get(text);
    if (found) return found;

    const named = known.size < most;
    const made = statement<Row>(named ? `${prefix}-${known.size + 1}` : undefined, text);
    if (named) known.set(text, made);
    return made;
  };
}
