export interface Letter {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** The one who carries letters: a mail server, or nobody. */
export abstract class Delivery {
  /** @returns how the letter ended; throws a DeliveryError while it has not. */
  abstract deliver(letter: Letter): Promise<'sent' | 'logged'>;
}

/** Why a letter was not taken, in words that hold nothing of its text. */
export class DeliveryError extends Error {
  constructor(
    message: string,
    /** Another try would end the same way. */
    readonly permanent: boolean,
  ) {
    super(message);
  }
}
