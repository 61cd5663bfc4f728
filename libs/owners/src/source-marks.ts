/** In place of the hash of his row, marks an owner whom a run made inactive: named again, he is active again, whatever the connector maps. */
export const absentMark = `'\\x00'::bytea`;
