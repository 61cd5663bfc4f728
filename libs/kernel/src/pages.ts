/** A slice by record offset; `total` only when it was asked for. */
export interface OffsetPageOf<T> {
  readonly items: T[];
  readonly total?: number;
}

/** A slice by cursor; `endCursor` is null on an empty page. */
export interface CursorPageOf<T> {
  readonly items: T[];
  readonly hasNextPage: boolean;
  readonly endCursor: string | null;
}
