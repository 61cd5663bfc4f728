import type { PipeTransform } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsString, MaxLength } from 'class-validator';
import { InvalidError } from '@app/kernel';
import { ListOf } from '../../http/validation/body-fields.js';
import { repeated, requireModest } from '../../http/validation/modest-body.js';
import { Omittable } from '../../http/validation/omittable.js';

/** Attributes of an account by the names its client uses. */
export type AttributesBody = Readonly<Record<string, unknown>>;

const value = { description: 'A text; a number or a truth is taken as its text.', nullable: true };
const attributes = { type: 'object', additionalProperties: value };
const sourceId = { type: 'string', description: 'The source the account is of.' };

export const replacementSchema = { type: 'object', required: ['attributes'], properties: { attributes } };
export const newAccountSchema = {
  type: 'object',
  required: ['attributes'],
  properties: { attributes: { ...attributes, required: ['sourceId'], properties: { sourceId } } },
};

/** What stands in `attributes`; which names and values an account takes is for its connector to say. */
export const attributesBody: PipeTransform<unknown, AttributesBody> = {
  transform(body: unknown): AttributesBody {
    if (body === undefined) throw new InvalidError('A JSON body is required.');
    if (!isRecord(body)) throw new InvalidError('The body must be a JSON object.');
    const unknown = Object.keys(body).find((name) => name !== 'attributes');
    if (unknown !== undefined) {
      const field = repeated(unknown);
      throw InvalidError.field(field, `${field} is not a known field.`);
    }
    const { attributes } = body;
    if (!isRecord(attributes)) throw InvalidError.field('attributes', 'attributes must be an object.');
    requireModest(attributes);
    return attributes;
  },
};

function isRecord(sent: unknown): sent is Record<string, unknown> {
  return typeof sent === 'object' && sent !== null && !Array.isArray(sent);
}

const optional = { required: false, nullable: true };

/** Of enable and disable. */
export class ToggleBody {
  /** Names the request elsewhere, as in a ticket system; handed on to the source. */
  @ApiProperty(optional)
  @Omittable()
  @IsString()
  @MaxLength(256)
  externalVerificationId?: string;

  /** Asks the source even where the account seems to be in that state already. */
  @ApiProperty({ ...optional, default: false })
  @Omittable()
  @IsBoolean()
  forceProvisioning?: boolean;
}

export class UnlockBody extends ToggleBody {
  /** Taken for the vendor’s clients: who may sign in here is no matter of an account, and stays as it is. */
  @ApiProperty({ ...optional, default: false })
  @Omittable()
  @IsBoolean()
  unlockIDNAccount?: boolean;
}

const mostIdentities = 250;

export class IdentitiesBody {
  @ApiProperty({ type: [String], maxItems: mostIdentities })
  @ListOf({
    atMost: mostIdentities,
    holds: (entry) => typeof entry === 'string',
    each: 'must be the id of an identity.',
  })
  identityIds!: string[];
}
