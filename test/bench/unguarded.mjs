// The built server with its guards taken out: whoever calls is who called first. Only the bench starts it, to tell what
// the guards cost on the very same read.
const { PolicyGuard } = await import('../../dist/libs/access/src/index.js');
const { AuthenticationGuard } = await import('../../dist/libs/auth/src/index.js');
const { AddressLimitGuard, CredentialLimitGuard } = await import('../../dist/apps/api/src/http/limits/limit.guards.js');

const { value: authenticate } = Object.getOwnPropertyDescriptor(AuthenticationGuard.prototype, 'canActivate');
let first;

AuthenticationGuard.prototype.canActivate = async function canActivate(context) {
  const request = context.switchToHttp().getRequest();
  if (first === undefined) {
    await authenticate.call(this, context);
    first = request.user;
  }
  request.user = first;
  return true;
};
for (const guard of [AddressLimitGuard, CredentialLimitGuard, PolicyGuard]) guard.prototype.canActivate = () => true;

await import('../../dist/apps/api/src/main.js');
