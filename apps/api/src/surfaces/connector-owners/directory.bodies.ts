import { NothingBody } from './body.js';
import { ExpandPaths } from './expand-mask.js';
import { Id, Part } from './fields.js';

class DirectoryExpandMask {
  @ExpandPaths('directory')
  paths?: string[];
}

export class UpdateDirectoryBody {
  /** Every account counts, the one choice there is. */
  @Part(NothingBody)
  all?: NothingBody;

  @Part(DirectoryExpandMask)
  expandMask?: DirectoryExpandMask;
}

export class CreateDirectoryBody extends UpdateDirectoryBody {
  @Id()
  appId!: string;
}
