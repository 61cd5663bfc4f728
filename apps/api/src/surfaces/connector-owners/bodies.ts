import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsObject, IsString, MaxLength, ValidateNested } from 'class-validator';
import { ListOf } from '../../http/validation/body-fields.js';
import { Omittable } from '../../http/validation/omittable.js';
import { InstantText } from '../../http/validation/query-fields.js';
import { validated } from '../../http/validation/validated.js';
import { PageBody } from './paging.js';

export class StartRunBody {
  /** Only say what would change. */
  @ApiProperty({ required: false })
  @Omittable()
  @IsBoolean()
  dryRun?: boolean;
}

export class ValidateBody {
  /** Absent: the connector's own configuration. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  @Omittable()
  @IsObject()
  config?: object;
}

class CorrelationRuleBody {
  /** An account field, as a configuration maps columns to. */
  @ApiProperty({ example: 'email' })
  @IsString()
  @MaxLength(256)
  account!: string;

  @ApiProperty({ enum: ['identityId', 'email'] })
  @IsString()
  @MaxLength(256)
  owner!: string;
}

export class TryRulesBody {
  /** Absent: the connector's own. */
  @ApiPropertyOptional({ type: [CorrelationRuleBody], maxItems: 20 })
  @Omittable()
  @IsArray()
  @ValidateNested()
  @Type(() => CorrelationRuleBody)
  correlationRules?: CorrelationRuleBody[];
}

/** Where the path says everything. */
export class NothingBody {}

class CronBody {
  /** Five fields of cron; empty: no schedule any more. */
  @ApiProperty({ required: false, example: '30 2 * * *' })
  @Omittable()
  @IsString()
  @MaxLength(200)
  cronSpec?: string;

  /** Of whose clock the fields are. */
  @ApiProperty({ required: false, default: 'UTC', example: 'Europe/Helsinki' })
  @Omittable()
  @IsString()
  @MaxLength(100)
  timezone?: string;

  /** Nothing is read before. */
  @ApiProperty({ required: false, format: 'date-time' })
  @Omittable()
  @InstantText()
  start?: Date;
}

/** The schedule stands in `cron`, as the published client sends it, or in the body itself. */
export class ScheduleBody extends CronBody {
  @ApiPropertyOptional({ type: CronBody })
  @Omittable()
  @IsObject()
  @ValidateNested()
  @Type(() => CronBody)
  cron?: CronBody;
}

class UserRef {
  @ApiProperty({ required: false, format: 'uuid' })
  @Omittable()
  @IsString()
  @MaxLength(256)
  id?: string;
}

class EntitlementRef {
  @ApiProperty({ required: false, format: 'uuid' })
  @Omittable()
  @IsString()
  @MaxLength(256)
  appId?: string;

  @ApiProperty({ required: false, format: 'uuid' })
  @Omittable()
  @IsString()
  @MaxLength(256)
  id?: string;
}

/** The path says everything already; where the body says something else, the path counts. */
export class UserOwnerBody {
  @ApiPropertyOptional({ type: UserRef })
  @Omittable()
  @IsObject()
  @ValidateNested()
  @Type(() => UserRef)
  userRef?: UserRef;
}

/** Likewise of an entitlement. */
export class EntitlementOwnerBody {
  @ApiPropertyOptional({ type: EntitlementRef })
  @Omittable()
  @IsObject()
  @ValidateNested()
  @Type(() => EntitlementRef)
  appEntitlementRef?: EntitlementRef;
}

class WantedUser {
  @ApiProperty({ format: 'uuid' })
  @IsString()
  @MaxLength(256)
  id!: string;
}

class WantedEntitlement {
  @ApiProperty({ format: 'uuid' })
  @IsString()
  @MaxLength(256)
  appId!: string;

  @ApiProperty({ format: 'uuid' })
  @IsString()
  @MaxLength(256)
  id!: string;
}

const mostOwners = 250;

/** Absent lists are empty. */
export class SetOwnersBody {
  @ApiProperty({ example: 'owner' })
  @IsString()
  @MaxLength(256)
  roleSlug!: string;

  @ApiPropertyOptional({ type: [WantedUser], maxItems: mostOwners })
  @Omittable()
  @ListOf({ atMost: mostOwners, holds: (one) => one instanceof WantedUser, each: 'must be {id}.', mayRepeat: true })
  @ValidateNested({ each: true })
  @Type(() => WantedUser)
  userRefs?: WantedUser[];

  @ApiPropertyOptional({ type: [WantedEntitlement], maxItems: mostOwners })
  @Omittable()
  @ListOf({
    atMost: mostOwners,
    holds: (one) => one instanceof WantedEntitlement,
    each: 'must be {appId, id}.',
    mayRepeat: true,
  })
  @ValidateNested({ each: true })
  @Type(() => WantedEntitlement)
  appEntitlementRefs?: WantedEntitlement[];
}

/** Paths an expand mask may name, each an array of ids in the record; `*` names all. */
export const expandable = {
  user: ['role_ids', 'manager_ids', 'delegated_user_id', 'directory_ids'],
  appUser: ['app_id', 'identity_user_id', 'last_usage'],
  connector: ['app_id', 'user_ids', 'capabilities'],
  directory: ['app_id'],
} as const;

class UserExpandMask {
  @ApiPropertyOptional({ type: [String], enum: [...expandable.user, '*'] })
  @Omittable()
  @ListOf({ ...pathsOf(expandable.user), mayRepeat: true })
  paths?: string[];
}

export const mostIds = 250;
const texts = { atMost: mostIds, holds: (one: unknown) => typeof one === 'string', each: 'must be a text.' };

/** A list of what may be searched for. */
function oneOf(known: readonly string[]) {
  const each = `must be one of ${known.join(', ')}.`;
  return { atMost: mostIds, holds: (one: unknown) => known.some((value) => value === one), each };
}

/** What may be searched for by the vendor's names; deleted users and accounts are in no list. */
const searchable = {
  userStatuses: ['ENABLED', 'DISABLED'],
  userTypes: ['USER_TYPE_UNSPECIFIED', 'USER_TYPE_SYSTEM', 'USER_TYPE_HUMAN', 'USER_TYPE_SERVICE', 'USER_TYPE_AGENT'],
  appUserStatuses: ['STATUS_ENABLED', 'STATUS_DISABLED'],
  appUserTypes: ['APP_USER_TYPE_USER', 'APP_USER_TYPE_SERVICE_ACCOUNT', 'APP_USER_TYPE_SYSTEM_ACCOUNT'],
  appUserDomains: ['APP_USER_DOMAIN_EXTERNAL', 'APP_USER_DOMAIN_TRUSTED'],
} as const;

export class SearchUsersBody extends PageBody {
  /** The address, whatever the case of its letters. */
  @ApiProperty({ required: false, example: 'ada@example.com' })
  @Omittable()
  @IsString()
  @MaxLength(1_000)
  email?: string;

  /** The whole name, whatever the case of its letters. */
  @ApiProperty({ required: false })
  @Omittable()
  @IsString()
  @MaxLength(1_000)
  displayName?: string;

  /** Part of the name, the user name or the address. */
  @ApiProperty({ required: false })
  @Omittable()
  @IsString()
  @MaxLength(1_000)
  query?: string;

  /** One of these; an id there is not finds nobody. */
  @ApiPropertyOptional({ type: [String], maxItems: mostIds })
  @Omittable()
  @ListOf({ atMost: mostIds, holds: (one) => typeof one === 'string', each: 'must be a text.', mayRepeat: true })
  ids?: string[];

  /** The same, as the newest client sends it. */
  @ApiPropertyOptional({ type: [WantedUser], maxItems: mostIds })
  @Omittable()
  @ListOf({ atMost: mostIds, holds: (one) => one instanceof WantedUser, each: 'must be {id}.', mayRepeat: true })
  @ValidateNested({ each: true })
  @Type(() => WantedUser)
  refs?: WantedUser[];

  /** None of these. */
  @ApiPropertyOptional({ type: [String], maxItems: mostIds })
  @Omittable()
  @ListOf({ ...texts, mayRepeat: true })
  excludeIds?: string[];

  /** Of one of these departments, written as they are. */
  @ApiPropertyOptional({ type: [String], maxItems: mostIds })
  @Omittable()
  @ListOf({ ...texts, mayRepeat: true })
  departments?: string[];

  /** With one of these job titles, written as they are. */
  @ApiPropertyOptional({ type: [String], maxItems: mostIds })
  @Omittable()
  @ListOf({ ...texts, mayRepeat: true })
  jobTitles?: string[];

  /** Who reports to one of these users. */
  @ApiPropertyOptional({ type: [String], maxItems: mostIds })
  @Omittable()
  @ListOf({ ...texts, mayRepeat: true })
  managerIds?: string[];

  /** Who holds one of these roles. */
  @ApiPropertyOptional({ type: [String], maxItems: mostIds })
  @Omittable()
  @ListOf({ ...texts, mayRepeat: true })
  roleIds?: string[];

  @ApiPropertyOptional({ type: [String], enum: searchable.userStatuses })
  @Omittable()
  @ListOf({ ...oneOf(searchable.userStatuses), mayRepeat: true })
  userStatuses?: string[];

  /** None of these types. */
  @ApiPropertyOptional({ type: [String], enum: searchable.userTypes })
  @Omittable()
  @ListOf({ ...oneOf(searchable.userTypes), mayRepeat: true })
  excludeTypes?: string[];

  @ApiPropertyOptional({ type: UserExpandMask })
  @Omittable()
  @IsObject()
  @ValidateNested()
  @Type(() => UserExpandMask)
  expandMask?: UserExpandMask;
}

class AppUserExpandMask {
  @ApiPropertyOptional({ type: [String], enum: [...expandable.appUser, '*'] })
  @Omittable()
  @ListOf({ ...pathsOf(expandable.appUser), mayRepeat: true })
  paths?: string[];
}

class WantedAppUser {
  /** Absent: on whatever application. */
  @ApiProperty({ required: false, format: 'uuid' })
  @Omittable()
  @IsString()
  @MaxLength(256)
  appId?: string;

  @ApiProperty({ format: 'uuid' })
  @IsString()
  @MaxLength(256)
  id!: string;
}

export class SearchAppUsersBody extends PageBody {
  /** On this application. */
  @ApiProperty({ required: false, format: 'uuid' })
  @Omittable()
  @IsString()
  @MaxLength(256)
  appId?: string;

  /** On one of these applications; an id there is not finds nothing. */
  @ApiPropertyOptional({ type: [String], maxItems: mostIds })
  @Omittable()
  @ListOf({ atMost: mostIds, holds: (one) => typeof one === 'string', each: 'must be a text.', mayRepeat: true })
  appIds?: string[];

  /** Of one of these users. */
  @ApiPropertyOptional({ type: [String], maxItems: mostIds })
  @Omittable()
  @ListOf({ atMost: mostIds, holds: (one) => typeof one === 'string', each: 'must be a text.', mayRepeat: true })
  userIds?: string[];

  /** One of these accounts; an id there is not finds nothing. */
  @ApiPropertyOptional({ type: [String], maxItems: mostIds })
  @Omittable()
  @ListOf({ ...texts, mayRepeat: true })
  appUserIds?: string[];

  /** The same with their applications. */
  @ApiPropertyOptional({ type: [WantedAppUser], maxItems: mostIds })
  @Omittable()
  @ListOf({
    atMost: mostIds,
    holds: (one) => one instanceof WantedAppUser,
    each: 'must be {appId, id}.',
    mayRepeat: true,
  })
  @ValidateNested({ each: true })
  @Type(() => WantedAppUser)
  refs?: WantedAppUser[];

  /** None of these accounts. */
  @ApiPropertyOptional({ type: [String], maxItems: mostIds })
  @Omittable()
  @ListOf({ ...texts, mayRepeat: true })
  excludeAppUserIds?: string[];

  @ApiPropertyOptional({ type: [String], enum: searchable.appUserStatuses })
  @Omittable()
  @ListOf({ ...oneOf(searchable.appUserStatuses), mayRepeat: true })
  appUserStatuses?: string[];

  /** As `status.details` tells it: `locked`, or empty. */
  @ApiPropertyOptional({ type: [String], maxItems: mostIds })
  @Omittable()
  @ListOf({ ...texts, mayRepeat: true })
  appUserStatusDetails?: string[];

  @ApiPropertyOptional({ type: [String], enum: searchable.appUserTypes })
  @Omittable()
  @ListOf({ ...oneOf(searchable.appUserTypes), mayRepeat: true })
  appUserTypes?: string[];

  /** External are accounts of federated owners, trusted all others. */
  @ApiPropertyOptional({ type: [String], enum: searchable.appUserDomains })
  @Omittable()
  @ListOf({ ...oneOf(searchable.appUserDomains), mayRepeat: true })
  appUserDomains?: string[];

  /** Part of the name, the native identity or the address. */
  @ApiProperty({ required: false })
  @Omittable()
  @IsString()
  @MaxLength(1_000)
  query?: string;

  @ApiPropertyOptional({ type: AppUserExpandMask })
  @Omittable()
  @IsObject()
  @ValidateNested()
  @Type(() => AppUserExpandMask)
  expandMask?: AppUserExpandMask;
}

export function pathsOf(paths: readonly string[]) {
  const known = [...paths, '*'];
  const each = `must be one of ${known.join(', ')}.`;
  return { atMost: 20, holds: (one: unknown) => known.some((path) => path === one), each };
}

/**
 * On this surface an unknown app or connector is 404 whatever the body says, so handlers read the body themselves
 * once they have found what it is about. No body counts as an empty one.
 */
export function bodyOf<T extends object>(type: new () => T, body: unknown): T {
  return validated(type).transform(body ?? {}, { type: 'body' }) as T;
}
