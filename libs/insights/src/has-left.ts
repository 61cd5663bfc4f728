/** Whether an owner is gone on that day: inactive, or past the end date. The last day itself is still a day of work. Never null. */
export function hasLeft(owner: string, today: string): string {
  return `(${owner}.status = 'inactive' or (${owner}.end_date is not null and ${owner}.end_date < ${today}))`;
}
