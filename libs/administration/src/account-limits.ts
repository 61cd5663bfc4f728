/** What one request may name, and so what there can be of each. */
export const accountLimits = { administrators: 500, groups: 200, usersOfGroup: 1_000 } as const;
