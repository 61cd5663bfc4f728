/**
 * When an owner `o` is changed, for statements that hold him. The clock’s time and not the transaction’s, which may have
 * begun before what others have written meanwhile; and later than the change before it, whoever made that.
 */
export const ownerUpdatedNow = `date_trunc('milliseconds', greatest(clock_timestamp(), o.updated_at + interval '1 millisecond'))`;
