import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { UsageService } from '@app/administration';
import { usageSchema } from './account.schemas.js';
import { presentUsage } from './present-usage.js';

@ApiTags('organization-account')
@Controller('api/v1/owners/account/usage')
export class UsageController {
  constructor(private readonly usage: UsageService) {}

  @Get()
  @Requires('organization:usage')
  @ApiOperation({
    summary: 'What the account and those it manages use',
    description:
      'The own account first. Figures are how many there are, times the rate. Managed accounts that are TRIAL or DISABLED are not in the sum of sources. Of a managed account: 403.',
  })
  @ApiOkResponse({ schema: usageSchema as never })
  async get(@CurrentPrincipal() caller: Principal) {
    return presentUsage(await this.usage.get(caller));
  }
}
