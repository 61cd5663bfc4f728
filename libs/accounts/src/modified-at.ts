/**
 * When an account `a` is changed, for statements that hold it. The clock’s time and not the transaction’s, which may have
 * begun before what others have written meanwhile; and later than the change before it, whoever made that.
 */
export const modifiedNow = `date_trunc('milliseconds', greatest(clock_timestamp(), a.modified_at + interval '1 millisecond'))`;
