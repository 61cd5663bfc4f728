import { isMailAddress } from './text.js';

/** A mail server as SMTP_URL names it. */
export interface SmtpServer {
  /** An address of IPv6 is without brackets. */
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte on; otherwise STARTTLS. */
  readonly implicitTls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

export interface MailAccount {
  readonly name: string | undefined;
  readonly address: string;
}

export interface MailConfiguration {
  readonly server: SmtpServer;
  readonly from: MailAccount;
}

/** What is wrong with one key, never with its value in it. */
export class SettingError extends Error {
  constructor(
    readonly key: string,
    message: string,
  ) {
    super(message);
  }
}

type Text = (key: string) => string | undefined;

/** Without a server there is no mail; with one it must be known whom it comes from. */
export function readMail(text: Text): MailConfiguration | undefined {
  const [url, from] = [text('SMTP_URL'), text('MAIL_FROM')];
  const account = from === undefined ? undefined : accountOf(from);
  if (url === undefined) return undefined;
  if (account === undefined) throw new SettingError('MAIL_FROM', 'is required when SMTP_URL is set');
  return { server: serverAt(url), from: account };
}

export function readInvitationUrl(text: Text): string | undefined {
  const template = text('INVITATION_URL');
  if (template === undefined) return undefined;
  const url = template.replaceAll('{token}', 'token');
  const web = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) && !/[\s<>"]/.test(template);
  if (web && template.includes('{token}')) return template;
  throw new SettingError('INVITATION_URL', 'must be an http or https URL with {token} in it');
}

function serverAt(text: string): SmtpServer {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && ['', '/'].includes(url.pathname) && url.search === '' && url.hash === '';
  if (!url || !plain || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '') throw badServer();
  if ((url.username === '') !== (url.password === '') || url.port === '0') throw badServer();

  const implicitTls = url.protocol === 'smtps:';
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase(),
    port: url.port === '' ? (implicitTls ? 465 : 587) : Number(url.port),
    implicitTls,
    user: decoded(url.username),
    password: decoded(url.password),
  };
}

function decoded(part: string): string | undefined {
  try {
    return part === '' ? undefined : decodeURIComponent(part);
  } catch {
    throw badServer();
  }
}

function badServer(): SettingError {
  return new SettingError('SMTP_URL', 'must be smtp:// or smtps://, with user:password@ or without, a host and a port');
}

function accountOf(text: string): MailAccount {
  const named = /^([^<>"\p{Cc}]*)<([^<>]+)>$/u.exec(text);
  const account = named
    ? { name: named[1]!.trim() || undefined, address: named[2]! }
    : { name: undefined, address: text };
  if (isMailAddress(account.address)) return account;
  throw new SettingError('MAIL_FROM', 'must be an address, or a name and an address in angle brackets');
}
