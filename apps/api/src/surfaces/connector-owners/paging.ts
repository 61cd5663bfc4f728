import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { InvalidError, isId } from '@app/kernel';
import { Omittable } from '../../http/validation/omittable.js';
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

/** Paging of this surface's searches, whose bodies hold it. */
export class PageBody {
  /** Absent or 0 means 25; below 10 counts as 10, above 100 as 100. */
  @ApiProperty({ required: false, example: 25 })
  @Omittable()
  @IsInt()
  pageSize?: number;

  /** `nextPageToken` of the page before. */
  @ApiProperty({ required: false })
  @Omittable()
  @IsString()
  pageToken?: string;
}

export function pageSizeOf(page: PageQuery | PageBody): number {
  const asked = page instanceof PageBody ? (page.pageSize ?? 0) : Number(page.page_size ?? 0);
  return asked === 0 ? 25 : Math.min(100, Math.max(10, asked));
}

/** Opaque positions, bound to the list they came from. */
@Injectable()
export class PageTokens {
  constructor(private readonly box: SecretBox) {}

  /** The id to go on after, or null for the first page. */
  idIn(list: string, page: PageQuery | PageBody): string | null {
    const [id] = this.partsIn(list, page);
    const { name } = tokenOf(page);
    if (id !== undefined && !isId(id)) throw InvalidError.field(name, `${name} is not a token of this list.`);
    return id ?? null;
  }

  partsIn(list: string, page: PageQuery | PageBody): string[] {
    const { name, token } = tokenOf(page);
    return token === undefined || token === '' ? [] : this.codec(list, name).decode(token, null);
  }

  /** `""` on the last page. */
  next(list: string, hasNextPage: boolean, ...position: string[]): string {
    return hasNextPage ? this.codec(list).encode(position, null) : '';
  }

  private codec(list: string, name = 'page_token'): CursorCodec {
    return new CursorCodec(this.box, list, name);
  }
}

function tokenOf(page: PageQuery | PageBody) {
  return page instanceof PageBody
    ? { name: 'pageToken', token: page.pageToken }
    : { name: 'page_token', token: page.page_token };
}
