// A mail server of its own process: takes what it is told to take, and tells its parent what came.
import { readFileSync } from 'node:fs';
import { SMTPServer } from 'smtp-server';

const { port, implicitTls, startTls, certificate, account, refusals } = JSON.parse(process.argv[2]);
const file = (name) => readFileSync(new URL(`./tls/${name}`, import.meta.url));
const refusal = (code, text) => Object.assign(new Error(text), { responseCode: code });

/** The senders whose mail the parent has not written down yet: only then do they hear that it was taken. */
const waiting = [];

const server = new SMTPServer({
  secure: implicitTls,
  key: file('mail-test.key.pem'),
  cert: file(certificate === 'of an authority' ? 'mail-test.pem' : 'self-signed.pem'),
  hideSTARTTLS: !startTls,
  disabledCommands: [...(startTls ? [] : ['STARTTLS']), ...(account ? [] : ['AUTH'])],
  authOptional: account === undefined,
  allowInsecureAuth: true,
  disableReverseLookup: true,
  closeTimeout: 100,
  onAuth({ username, password }, _session, done) {
    const right = username === account.user && password === account.password;
    done(right ? null : refusal(535, `no: ${password}`), { user: username });
  },
  onRcptTo({ address }, _session, done) {
    const code = refusals[address];
    done(code === undefined || code === 'text' ? null : refusal(code, `not for ${address}`));
  },
  onData(stream, { envelope, secure, user }, done) {
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', () => {
      const raw = Buffer.concat(chunks).toString();
      const to = envelope.rcptTo.map(({ address }) => address);
      if (to.some((address) => refusals[address] === 'text')) return done(refusal(554, `spam: ${raw.slice(-500)}`));
      waiting.push(done);
      process.send({ mail: { from: envelope.mailFrom.address, to, raw, secure, user } });
    });
  },
});
server.on('error', () => undefined);
server.listen(port, '127.0.0.1', () => process.send({ listening: server.server.address().port }));
process.on('message', () => waiting.shift()());
process.on('disconnect', () => process.exit(0));
