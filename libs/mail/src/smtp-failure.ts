import { oneLine } from '@app/kernel';
import { DeliveryError } from './delivery.js';

interface SmtpFailure {
  readonly message: string;
  readonly code?: string;
  /** The last command, such as `RCPT TO`; `API` before there was any. */
  readonly command?: string;
  readonly responseCode?: number;
}

/** A server that has seen the text, or a password, may repeat it in its answer. */
const unquotable = /^(?:DATA|AUTH)/;

/** What a mail server refused about this recipient or this letter it refuses again; anything else may be over tomorrow. */
export function deliveryErrorFrom(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const { message, code, command = '', responseCode } = error as SmtpFailure;
  const refused = responseCode !== undefined && responseCode >= 500 && responseCode < 600;
  const permanent = refused && (command === 'RCPT TO' || command === 'DATA');
  const words = unquotable.test(command) ? `${command}: the server answered ${responseCode ?? code}.` : message;
  return new DeliveryError(oneLine(words), permanent);
}
