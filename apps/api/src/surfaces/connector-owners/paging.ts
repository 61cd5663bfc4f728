import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { InvalidError, isId } from '@app/kernel';
import { CursorCodec, SecretBox } from '@app/secrets';

/** Paging of this surface's GET lists. */
export class PageQuery {
  /** Absent or 0 means 25; below 10 counts as 10, above 100 as 100. */
  @ApiProperty({ required: false, example: '25' })
  @IsOptional()
  @Matches(/^-?[0-9]{1,10}$/, { message: 'page_size must be a whole number.' })
  page_size?: string;

  /** `nextPageToken` of the page before. */
  @ApiProperty({ required: false })
  @IsOptional()
  @IsString()
  page_token?: string;
}

/** The same, of one role's owners. */
export class OwnersQuery extends PageQuery {
  /** In a role there is not, nobody owns anything. */
  @ApiProperty({ required: false, example: 'owner' })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  role_slug?: string;
}

export function pageSizeOf({ page_size }: PageQuery): number {
  const asked = Number(page_size ?? 0);
  return asked === 0 ? 25 : Math.min(100, Math.max(10, asked));
}

/** Opaque positions, bound to the list they came from. */
@Injectable()
export class PageTokens {
  constructor(private readonly box: SecretBox) {}

  /** The id to go on after, or null for the first page. */
  idIn(list: string, query: PageQuery): string | null {
    const [id] = this.partsIn(list, query);
    if (id !== undefined && !isId(id))
      throw InvalidError.field('page_token', 'page_token is not a token of this list.');
    return id ?? null;
  }

  partsIn(list: string, { page_token }: PageQuery): string[] {
    return page_token === undefined || page_token === '' ? [] : this.codec(list).decode(page_token, null);
  }

  /** `""` on the last page. */
  next(list: string, hasNextPage: boolean, ...position: string[]): string {
    return hasNextPage ? this.codec(list).encode(position, null) : '';
  }

  private codec(list: string): CursorCodec {
    return new CursorCodec(this.box, list, 'page_token');
  }
}
