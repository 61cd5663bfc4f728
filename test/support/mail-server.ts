import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./smtp-server.mjs', import.meta.url));

export interface MailServerOptions {
  /** 0: a free one. */
  readonly port: number;
  readonly implicitTls: boolean;
  readonly startTls: boolean;
  /** For mail.test; by itself, for localhost too. */
  readonly certificate: 'of an authority' | 'signed by itself';
  readonly account?: { readonly user: string; readonly password: string };
  /** Recipients and the code they are refused with; `text`: only when the text has been read. */
  readonly refusals: Readonly<Record<string, number | 'text'>>;
}

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came. */
  readonly raw: string;
  readonly secure: boolean;
  readonly user?: string;
}

type Message = { readonly listening: number } | { readonly mail: ReceivedMail };

/** A real mail server in a process of its own; what it takes is told here. */
export class MailServer {
  readonly received: ReceivedMail[] = [];

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {
    child.on('message', (message: Message) => {
      if (!('mail' in message)) return;
      this.received.push(message.mail);
      child.send('written down');
    });
  }

  static async start(options: Partial<MailServerOptions> = {}): Promise<MailServer> {
    const plain = { port: 0, implicitTls: false, startTls: false, certificate: 'signed by itself', refusals: {} };
    const child = fork(program, [JSON.stringify({ ...plain, ...options })]);
    const [message] = (await once(child, 'message')) as [Message];
    if (!('listening' in message)) throw new Error('the mail server spoke before it listened');
    return new MailServer(child, message.listening);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

/** The header lines of a mail, long ones in one piece, and its text as it was written. */
export function readMail({ raw }: ReceivedMail): { headers: string[]; text: string } {
  const end = raw.indexOf('\r\n\r\n');
  const headers = raw
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const encoding = headers.find((line) => /^content-transfer-encoding:/i.test(line))?.split(': ')[1];
  return { headers, text: decoded(raw.slice(end + 4), encoding).replaceAll('\r\n', '\n') };
}

function decoded(body: string, encoding: string | undefined): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
