import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal, type Principal, Requires, userOf } from '@app/access';
import { NewUsers } from '@app/auth';
import { type UserProfile, UserService, UserWrites } from '@app/directory';
import { type FieldSelection, selected } from '../../http/field-selection.js';
import { type JsonPatch, jsonPatch, patched } from '../../http/json-patch.js';
import { sendJsonPage } from '../../http/json-reply.js';
import { locationHeader } from '../../http/location-header.js';
import { attributePatchSchema } from '../../http/patch-schema.js';
import { IdParam } from '../../http/validation/id-param.js';
import { validated, validBody } from '../../http/validation/validated.js';
import { ApiDirectoryList, ApiSelection, directoryList, type DirectoryListRequest } from './directory-list.js';
import { fieldSelection } from './field-selection.pipe.js';
import {
  osUserSchema,
  presentOsUser,
  presentUser,
  presentWritable,
  userListSchema,
  userSchema,
  wholeUserSchema,
  writeUser,
} from './present-user.js';
import { draftOf, NewUserBody, UserBody } from './user.bodies.js';
import { notDeleted, userFields, userFilters, userSorts, writableUserFields } from './user.fields.js';

const path = 'api/v1/directory/users';
const user = new IdParam('user');
const selection = fieldSelection(userFields);
const listing = {
  filters: userFilters,
  unlessDeletedIsAsked: notDeleted,
  sorts: userSorts,
  sortedBy: 'userName',
  fields: userFields,
};

@ApiTags('directory')
@Controller(path)
export class UsersController {
  constructor(
    private readonly users: UserService,
    private readonly writes: UserWrites,
    private readonly newUsers: NewUsers,
  ) {}

  @Get()
  @Requires('users:list')
  @ApiOperation({
    summary: 'Find users',
    description: 'All filters are to be met. Deleted users are hidden unless asked for.',
  })
  @ApiDirectoryList(listing)
  @ApiOkResponse({ schema: userListSchema })
  async list(
    @CurrentPrincipal() caller: Principal,
    @Query(directoryList(listing)) { search, selection: choice }: DirectoryListRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { items, total } = await this.users.search(caller, search);
    const shown = items.map((row) => selected(presentUser(row), '_id', choice));
    return sendJsonPage(reply, writeUser, { total, items: shown });
  }

  @Post()
  @Requires('users:write')
  @ApiOperation({
    summary: 'Make a user',
    description: 'A user with an externalId may go without a password, and then signs in elsewhere.',
  })
  @ApiBody({ type: NewUserBody })
  @ApiCreatedResponse({ schema: wholeUserSchema, headers: locationHeader })
  async create(
    @CurrentPrincipal() caller: Principal,
    @Body(validated(NewUserBody)) body: NewUserBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { password, mustChange = false } = body;
    const made = await this.newUsers.create(caller, { draft: draftOf(body), password, mustChange });
    reply.header('location', `/${path}/${made.id}`);
    return presentUser(made);
  }

  @Get('me')
  @Requires('self:read')
  @ApiOperation({
    summary: 'The user of this token',
    description: 'With an impersonation token the target; with a client’s token the user it acts for.',
  })
  @ApiSelection(userFields)
  @ApiOkResponse({ schema: userSchema })
  async me(@CurrentPrincipal() caller: Principal, @Query(selection) choice: FieldSelection) {
    return selected(presentUser(await this.users.get(caller, userOf(caller))), '_id', choice);
  }

  @Get(':userId')
  @Requires('users:read')
  @ApiOperation({ summary: 'Get a user', description: 'Everybody may get himself. Deleted ones are still there.' })
  @ApiSelection(userFields)
  @ApiOkResponse({ schema: userSchema })
  async get(
    @CurrentPrincipal() caller: Principal,
    @Param('userId', user) userId: string,
    @Query(selection) choice: FieldSelection,
  ) {
    return selected(presentUser(await this.users.get(caller, userId)), '_id', choice);
  }

  @Put(':userId')
  @Requires('users:write')
  @ApiOperation({
    summary: 'Replace what a user is',
    description: 'An optional attribute that is absent loses its value; `active` stays as it is.',
  })
  @ApiBody({ type: UserBody })
  @ApiOkResponse({ schema: wholeUserSchema })
  async replace(
    @CurrentPrincipal() caller: Principal,
    @Param('userId', user) userId: string,
    @Body(validated(UserBody)) body: UserBody,
  ) {
    const draft = draftOf(body);
    return presentUser(
      await this.writes.change(caller, userId, ({ active }) => ({ ...draft, active: body.active ?? active })),
    );
  }

  @Patch(':userId')
  @Requires('users:write')
  @ApiOperation({ summary: 'Change a user by JSON Patch (RFC 6902)', description: 'All operations, or none.' })
  @ApiConsumes('application/json-patch+json', 'application/json')
  @ApiBody({
    schema: attributePatchSchema(writableUserFields, [{ op: 'replace', path: '/displayName', value: 'Ada Park' }]),
  })
  @ApiOkResponse({ schema: wholeUserSchema })
  async patch(
    @CurrentPrincipal() caller: Principal,
    @Param('userId', user) userId: string,
    @Body(jsonPatch(writableUserFields)) patch: JsonPatch,
  ) {
    const edited = (now: UserProfile) =>
      draftOf(validBody(UserBody, patched(presentWritable(now), patch, ['userName', 'active'])));
    const saysActive = patch.some(({ attribute }) => attribute === 'active');
    const changed = await this.writes.change(caller, userId, edited, { saysActive });
    return presentUser(changed);
  }

  @Delete(':userId')
  @HttpCode(204)
  @Requires('users:write')
  @ApiOperation({
    summary: 'Delete a user',
    description: 'Who is deleted cannot sign in, is in no group, and leaves the name to others. See restore.',
  })
  @ApiNoContentResponse()
  async delete(@CurrentPrincipal() caller: Principal, @Param('userId', user) userId: string): Promise<void> {
    await this.writes.delete(caller, userId);
  }

  @Post(':userId/restore')
  @HttpCode(200)
  @Requires('users:write')
  @ApiOperation({
    summary: 'Bring a deleted user back',
    description: 'With the groups and roles that are still there.',
  })
  @ApiOkResponse({ schema: wholeUserSchema })
  async restore(@CurrentPrincipal() caller: Principal, @Param('userId', user) userId: string) {
    return presentUser(await this.writes.restore(caller, userId));
  }

  @Get(':userId/os-user')
  @Requires('users:read')
  @ApiOperation({ summary: 'Who a user is on operating systems' })
  @ApiOkResponse({ schema: osUserSchema })
  async osUser(@CurrentPrincipal() caller: Principal, @Param('userId', user) userId: string) {
    return presentOsUser(await this.users.get(caller, userId));
  }
}
