import type { PipeTransform } from '@nestjs/common';
import type { CorrelationOutcome, CorrelationRow } from '@app/accounts';
import { compose, DomainError, InvalidError, isStorable } from '@app/kernel';
import { parseJsonText } from '../../http/bodies/json-text.js';
import { linesIn, recordsIn, RowsText } from '../../http/bodies/rows-text.js';
import { repeated } from '../../http/validation/modest-body.js';

const fields = ['accountId', 'sourceId', 'nativeIdentity', 'identityId', 'identityEmail'] as const;
type Field = (typeof fields)[number];
type Texts = Readonly<Partial<Record<Field, string | null>>>;

export const mostRows = 10_000;

/** What was sent, row by row: what is to be done, or why that cannot be made out. */
export interface SentRows {
  readonly rows: readonly CorrelationRow[];
  readonly refused: readonly CorrelationOutcome[];
}

const id = { type: 'string', nullable: true };
export const correlationRowsSchema = {
  type: 'array',
  minItems: 1,
  maxItems: mostRows,
  example: [{ accountId: '01974f3a-8c00-79af-8211-329b2fc82e5e', identityEmail: 'ada.park@example.com' }],
  items: {
    type: 'object',
    properties: {
      accountId: { ...id, description: 'Or `sourceId` with `nativeIdentity`.' },
      sourceId: id,
      nativeIdentity: id,
      identityId: { ...id, description: 'Or `identityEmail`. Null releases a link that was made by hand.' },
      identityEmail: id,
    },
  },
};

/** A field nobody knows may be meant for every row, so it refuses them all; anything else is wrong with its row alone. */
export const correlationRows: PipeTransform<unknown, SentRows> = {
  transform(body: unknown): SentRows {
    if (body === undefined) throw new InvalidError('A body is required.');
    const read = body instanceof RowsText ? readers[body.kind](body) : [body].flat().map((sent) => () => textsIn(sent));
    if (read.length === 0 || read.length > mostRows) {
      throw new InvalidError(`The body must have 1 to ${mostRows} rows.`);
    }
    const judged = read.map((texts, i) => judge(i + 1, texts));
    return {
      rows: judged.flatMap((one) => ('status' in one ? [] : one)),
      refused: judged.flatMap((one) => ('status' in one ? one : [])),
    };
  },
};

/** What is wrong with one row. */
class RowError extends Error {}

type ReadRow = () => Texts;

const readers: Readonly<Record<RowsText['kind'], (sent: RowsText) => readonly ReadRow[]>> = {
  ndjson: (sent) => linesIn(sent).map((line) => () => textsIn(jsonIn(line))),
  csv(sent) {
    const [first, ...records] = recordsIn(sent);
    const header = headerIn(first ?? []);
    return records.map((cells) => () => {
      if (cells.length !== header.length) {
        throw new RowError(`The row has ${cells.length} cells, the header ${header.length}.`);
      }
      return Object.fromEntries(header.map((field, i) => [field, textIn(field, cells[i])]));
    });
  },
};

function judge(row: number, read: ReadRow): CorrelationRow | CorrelationOutcome {
  let texts: Texts = {};
  try {
    texts = read();
    return { row, account: accountIn(texts), owner: ownerIn(texts) };
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    const [accountId, ownerId] = [texts.accountId, texts.identityId].map((text) => (text ? repeated(text) : null));
    return { row, accountId: accountId!, ownerId: ownerId!, status: 'failed', message: error.message };
  }
}

function accountIn({ accountId, sourceId, nativeIdentity }: Texts): CorrelationRow['account'] {
  if (accountId && !sourceId && !nativeIdentity) return { id: accountId.toLowerCase() };
  if (!accountId && sourceId && nativeIdentity) return { connectorId: sourceId.toLowerCase(), nativeIdentity };
  throw new RowError('A row names its account by accountId, or by sourceId and nativeIdentity.');
}

function ownerIn(texts: Texts): CorrelationRow['owner'] {
  const { identityId, identityEmail } = texts;
  if (!('identityId' in texts) && !('identityEmail' in texts)) {
    throw new RowError('A row names an identity by identityId or by identityEmail; null releases the account.');
  }
  if (identityId && identityEmail) throw new RowError('A row names its identity once.');
  if (identityId) return { id: identityId.toLowerCase() };
  return identityEmail ? { email: identityEmail } : null;
}

function jsonIn(line: string): unknown {
  try {
    return parseJsonText(line);
  } catch (error) {
    if (error instanceof DomainError) throw new RowError(error.message.replace(/(?<=\b[Tt])he body\b/, 'he row'));
    throw error;
  }
}

function textsIn(sent: unknown): Texts {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) throw new RowError('A row must be an object.');
  const texts = Object.entries(sent).map(([name, value]) => {
    const field = fieldIn(name);
    return [field, textIn(field, value)] as const;
  });
  return Object.fromEntries(texts);
}

function headerIn(cells: readonly string[]): readonly Field[] {
  const header = cells.map((name) => fieldIn(name.trim()));
  const twice = header.find((field, i) => header.indexOf(field) !== i);
  if (twice !== undefined) throw InvalidError.field(twice, `Two columns are named ${twice}.`);
  const has = (field: Field) => header.includes(field);
  const namesAccount = has('accountId') || (has('sourceId') && has('nativeIdentity'));
  if (namesAccount && (has('identityId') || has('identityEmail'))) return header;
  throw new InvalidError(
    'The first line must name the columns: accountId, or sourceId and nativeIdentity; and identityId or identityEmail.',
  );
}

/** @throws {InvalidError} and refuses all rows with it */
function fieldIn(name: string): Field {
  const field = fields.find((known) => known === name);
  if (field !== undefined) return field;
  const told = repeated(name);
  throw InvalidError.field(told, `${told} is not a known field; known are ${fields.join(', ')}.`);
}

/** Empty is none. */
function textIn(field: Field, value: unknown): string | null {
  if (value === null) return null;
  if (typeof value !== 'string') throw new RowError(`${field} must be a text.`);
  if (!isStorable(value)) throw new RowError(`${field} holds a character that cannot be stored.`);
  return compose(value).trim() || null;
}
