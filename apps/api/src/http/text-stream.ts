import { Readable } from 'node:stream';
import { callbackify } from 'node:util';

/**
 * An answer that is written while it is read. The first piece is awaited before anything is sent, so what fails at once
 * is refused like anything else; what fails later breaks the connection, and nobody takes the half for the whole.
 */
export async function textStream(pieces: AsyncGenerator<string>): Promise<Readable> {
  const first = await pieces.next();
  let begun = false;
  const close = callbackify(async () => void (await pieces.return(undefined)));
  const take = async () => (begun ? pieces.next() : first);
  return new Readable({
    read() {
      const taken = take();
      begun = true;
      taken.then(
        ({ done, value }) => this.push(done ? null : value),
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, done) {
      close((failure) => done(error ?? failure));
    },
  });
}
