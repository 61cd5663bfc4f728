import { Injectable } from '@nestjs/common';
import { type Principal, userOf } from '@app/access';
import { managingPrincipal } from '@app/auth';
import { OrganizationService } from '@app/organizations';

/** Callers as they are in an organization that their own manages. */
@Injectable()
export class ManagingCallers {
  constructor(private readonly organizations: OrganizationService) {}

  async there(caller: Principal, organizationId: string): Promise<Principal> {
    const own = await this.organizations.namesOf(caller.organizationId);
    const manager = { id: userOf(caller), name: caller.actor.name, organization: own?.name ?? '' };
    return managingPrincipal(organizationId, manager, caller.requestId);
  }
}
