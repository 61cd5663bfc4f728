/**
 * When an account is changed, for statements that hold it. The clock’s time and not the transaction’s, which began before
 * what others have written meanwhile; and later than before, so that whoever asks for what is newer misses no change.
 */
export const modifiedNow = `date_trunc('milliseconds', greatest(clock_timestamp(), a.modified_at + interval '1 millisecond'))`;
