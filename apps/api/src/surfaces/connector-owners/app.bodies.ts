import { mostApplicationOwners } from '@app/connectors';
import { OnlyShown } from '../../http/validation/only-shown.js';
import { Description, DisplayName, OptionalText, Part, Texts } from './fields.js';

export class CreateAppBody {
  @DisplayName({ required: true, example: 'Salesforce' })
  displayName!: string;

  @Description()
  description?: string;

  /** Users to own it. */
  @Texts(mostApplicationOwners)
  owners?: string[];
}

/** An application as its answers show it. */
@OnlyShown('id', 'isDirectory', 'isManuallyManaged', 'appOwners', 'userCount', 'createdAt', 'updatedAt', 'deletedAt')
class AppPatch {
  @DisplayName({ required: false, example: 'Salesforce' })
  displayName?: string;

  @Description()
  description?: string;
}

export class UpdateAppBody {
  @Part(AppPatch)
  app?: AppPatch;

  /** Comma-joined names of the fields to take over; absent: all that are given. */
  @OptionalText(1_000, { example: 'displayName,description' })
  updateMask?: string;
}

/** Without a list, nobody. */
export class SetAppOwnersBody {
  @Texts(mostApplicationOwners)
  userIds?: string[];
}
