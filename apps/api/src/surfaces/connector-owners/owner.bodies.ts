import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { Id, OptionalId, Part, Parts } from './fields.js';

class UserRef {
  @OptionalId()
  id?: string;
}

class EntitlementRef {
  @OptionalId()
  appId?: string;

  @OptionalId()
  id?: string;
}

/** The path says everything already; where the body says something else, the path counts. */
export class UserOwnerBody {
  @Part(UserRef)
  userRef?: UserRef;
}

/** Likewise of an entitlement. */
export class EntitlementOwnerBody {
  @Part(EntitlementRef)
  appEntitlementRef?: EntitlementRef;
}

/** A user whom a request names. */
export class WantedUser {
  @Id()
  id!: string;
}

class WantedEntitlement {
  @Id()
  appId!: string;

  @Id()
  id!: string;
}

/** Absent lists are empty. */
export class SetOwnersBody {
  @ApiProperty({ example: 'owner' })
  @IsString()
  @MaxLength(256)
  roleSlug!: string;

  @Parts(WantedUser, '{id}')
  userRefs?: WantedUser[];

  @Parts(WantedEntitlement, '{appId, id}')
  appEntitlementRefs?: WantedEntitlement[];
}
