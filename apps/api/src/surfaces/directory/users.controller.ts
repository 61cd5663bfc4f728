import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires, userOf } from '@app/access';
import { UserService } from '@app/directory';
import { fieldSelectionIn, selected } from '../../http/field-selection.js';
import { presentUser, userSchema } from './present-user.js';
import { userFields } from './user.fields.js';

const selection = { required: false, isArray: true, enum: userFields } as const;

@ApiTags('directory')
@Controller('api/v1/directory/users')
export class UsersController {
  constructor(private readonly users: UserService) {}

  @Get('me')
  @Requires('self:read')
  @ApiOperation({
    summary: 'The user of this token',
    description: 'With an impersonation token the target; with a client’s token the user it acts for.',
  })
  @ApiQuery({ name: 'fields', ...selection })
  @ApiQuery({ name: 'excludeFields', ...selection })
  @ApiOkResponse({ schema: userSchema })
  async me(@CurrentPrincipal() caller: Principal, @Query() query: Readonly<Record<string, unknown>>) {
    const choice = fieldSelectionIn(query, userFields);
    return selected(presentUser(await this.users.get(caller, userOf(caller))), '_id', choice);
  }
}
