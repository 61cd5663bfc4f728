const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;
const day = /^\d{4}-\d{2}-\d{2}$/;
const wholeNumber = /^\d+$/;

/** A text is of the kind its example shows: an instant, a day, a number in letters, or any text. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value !== 'string') return typeof value;
  if (instant.test(value)) return 'instant';
  if (day.test(value)) return 'day';
  return wholeNumber.test(value) ? 'number in letters' : 'text';
}

/** Whether an answer may hold this where the example holds that: a text may happen to look like another kind. */
function isOfKind(example: unknown, value: unknown): boolean {
  const wanted = kindOf(example);
  return wanted === 'text' ? typeof value === 'string' : kindOf(value) === wanted;
}

/**
 * What answers lack that the published example shows, and what they show as another kind. Several answers make up for each
 * other's absent fields; null and an empty list are where nothing is known. Further fields are no matter.
 */
export function deviationsFrom(example: unknown, answers: readonly unknown[], at = '$'): string[] {
  const given = answers.filter((answer) => answer !== null);
  if (given.length === 0) return example === null || answers.length === 0 ? [] : [`${at} is never told`];
  if (Array.isArray(example)) {
    if (!given.every(Array.isArray)) return [`${at} is no list`];
    const items = (given as unknown[][]).flat();
    if (example.length === 0) return [];
    return items.length === 0 ? [`${at} is always empty`] : deviationsFrom(example[0], items, `${at}[]`);
  }
  if (example !== null && typeof example === 'object') {
    if (given.some((answer) => typeof answer !== 'object' || Array.isArray(answer))) return [`${at} is no object`];
    const objects = given as Record<string, unknown>[];
    return Object.entries(example).flatMap(([name, field]) => {
      const told = objects.filter((object) => Object.hasOwn(object, name)).map((object) => object[name]);
      return told.length === 0 ? [`${at}.${name} is missing`] : deviationsFrom(field, told, `${at}.${name}`);
    });
  }
  // Where the example has nothing, anything may be known.
  if (example === null) return [];
  const wrong = given.find((answer) => !isOfKind(example, answer));
  return wrong === undefined ? [] : [`${at} is ${kindOf(wrong)}, not ${kindOf(example)}`];
}
