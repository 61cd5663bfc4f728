import { oneLine } from '@app/kernel';
import { DeliveryError } from './delivery.js';

interface SmtpFailure {
  readonly message: string;
  readonly code?: string;
  /** The last command, such as `RCPT TO`; `API` before there was any. */
  readonly command?: string;
  readonly responseCode?: number;
  /** What the server said, which the message repeats. */
  readonly response?: string;
}

/** What is answered to these is said before the text is seen. Any other answer may repeat the text, or a password. */
const quotable = ['EHLO', 'HELO', 'STARTTLS', 'MAIL FROM', 'RCPT TO'];

/** What a mail server refused about this recipient or this letter it refuses again; anything else may be over tomorrow. */
export function deliveryErrorFrom(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const { message, code, command = '', responseCode, response } = error as SmtpFailure;
  const refused = responseCode !== undefined && responseCode >= 500 && responseCode < 600;
  const permanent = refused && (command === 'RCPT TO' || command === 'DATA');
  const told = response === undefined || quotable.includes(command);
  const words = told ? message : `${command}: the server answered ${responseCode ?? code}.`;
  return new DeliveryError(oneLine(words), permanent);
}
