import { Matches } from 'class-validator';
import { subjectPattern } from '@app/auth';

/** A subject identifier as OpenID Connect has them, letter for letter. */
export const Subject = () =>
  Matches(subjectPattern, { message: '$property must be 1 to 255 printable ASCII characters.' });
