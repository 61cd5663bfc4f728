import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsString, Max, MaxLength, Min, ValidateBy } from 'class-validator';
import { and, type Condition, everything, or, parseFieldQueries, simplify } from '@app/query';
import { ListOf } from '../../http/validation/body-fields.js';
import { Omittable } from '../../http/validation/omittable.js';
import { isFigure, ownerSearchFields, searchedTextFields, textPathOf } from './owner.fields.js';

const mostTerms = 20;
const mostQueries = 20;

const upperCase = () =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim().toUpperCase() : value));

/** Its size, before anything it holds; what it holds is for the search language to judge. */
function QueryList(): PropertyDecorator {
  return ValidateBy({
    name: 'queryList',
    validator: {
      validate: (value: unknown) => Array.isArray(value) && value.length <= mostQueries,
      defaultMessage: (args) => `${args?.property} must be a list of at most ${mostQueries} queries.`,
    },
  });
}

/** Terms to be found in texts, and queries that are all to be met. */
export class SearchOwnersBody {
  /** Literal parts of texts, ignoring case. */
  @ApiProperty({ required: false, type: [String], maxItems: mostTerms, example: ['engineering', 'senior'] })
  @Omittable()
  @ListOf({
    atMost: mostTerms,
    holds: (entry) => typeof entry === 'string' && entry.length > 0 && entry.length <= 200,
    each: 'must be a text of 1 to 200 characters.',
    mayRepeat: true,
  })
  search_terms?: string[];

  /** Whether every term is to be found, or any. */
  @ApiProperty({ required: false, enum: ['AND', 'OR'], default: 'AND' })
  @upperCase()
  @Omittable()
  @IsIn(['AND', 'OR'], { message: 'search_operator must be AND or OR.' })
  search_operator?: 'AND' | 'OR';

  /** Where terms are looked for. */
  @ApiProperty({ required: false, type: [String], default: ['name', 'email', 'department', 'title'] })
  @Omittable()
  @ListOf({
    atMost: 100,
    holds: (entry) => searchedTextFields.includes(entry as string),
    each: `must be one of ${searchedTextFields.join(', ')}.`,
    mayRepeat: true,
  })
  search_fields?: string[];

  @ApiProperty({
    required: false,
    type: 'array',
    maxItems: mostQueries,
    items: {
      type: 'object',
      required: ['field', 'operator'],
      properties: {
        field: { type: 'string', description: `One of ${Object.keys(ownerSearchFields).join(', ')}, metadata.<key>` },
        operator: { type: 'string' },
        value: { description: 'A text, number, date, list of 1 to 200 of them, or [low, high]' },
      },
    },
    example: [{ field: 'status', operator: 'equals', value: 'Active' }],
  })
  @Omittable()
  @QueryList()
  field_queries?: unknown[];

  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: 250, default: 50 })
  @Omittable()
  @IsInt({ message: 'limit must be a whole number from 1 to 250.' })
  @Min(1, { message: 'limit must be a whole number from 1 to 250.' })
  @Max(250, { message: 'limit must be a whole number from 1 to 250.' })
  limit?: number;

  /** `endCursor` of the page before, of the same search. */
  @ApiProperty({ required: false })
  @Omittable()
  @IsString()
  @MaxLength(1_000)
  after?: string;
}

/** Whether any query names a figure, whatever else is wrong with it: who may not search by those learns nothing more. */
export function asksFigures({ field_queries: queries = [] }: SearchOwnersBody): boolean {
  return queries.some((query) => {
    const field = typeof query === 'object' && query !== null && 'field' in query ? query.field : undefined;
    return typeof field === 'string' && isFigure(field);
  });
}

const defaultFields = ['name', 'email', 'department', 'title'];

/** What a body asks for. */
export function readSearch(body: SearchOwnersBody): Condition {
  const { search_terms: terms = [], search_operator: operator = 'AND', search_fields: fields = defaultFields } = body;
  const paths = [...new Set(fields.map(textPathOf))];
  const hits = [...new Set(terms)].map((value) =>
    or(...paths.map((path): Condition => ({ kind: 'contains', path, value }))),
  );
  const found = hits.length === 0 ? everything : operator === 'AND' ? and(...hits) : or(...hits);
  const queries = parseFieldQueries(body.field_queries ?? [], ownerSearchFields, 'field_queries');
  return simplify(and(found, queries));
}
