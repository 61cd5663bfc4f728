import { describe, expect, it } from 'vitest';
import { ConfigurationError, readConfiguration } from './configuration.js';

const from = { MAIL_FROM: 'Ostiary <ostiary@example.com>' };
const mailOf = (environment: Record<string, string>) => readConfiguration(environment).mail;

describe('the mail server', () => {
  it('is none unless it is named', () => {
    expect(mailOf({})).toBeUndefined();
    expect(mailOf(from)).toBeUndefined();
  });

  it.each([
    ['smtp://mail.example.com', { host: 'mail.example.com', port: 587, implicitTls: false, user: undefined }],
    ['smtps://mail.example.com/', { host: 'mail.example.com', port: 465, implicitTls: true }],
    ['smtp://127.0.0.1:25', { host: '127.0.0.1', port: 25 }],
    ['smtp://[::1]:25', { host: '::1', port: 25 }],
    ['smtp://Relay.Example.com:2525', { host: 'relay.example.com', port: 2525 }],
    ['smtp://me%40x.test:p%3A%2F%23@h:1', { user: 'me@x.test', password: 'p:/#', host: 'h', port: 1 }],
  ])('is named by %s', (SMTP_URL, server) => {
    expect(mailOf({ ...from, SMTP_URL })?.server).toMatchObject(server);
  });

  it.each([
    'mail.example.com',
    'http://mail.example.com',
    'smtp://',
    'smtp:mail.example.com',
    'smtp://hunter2:@h',
    'smtp://:hunter2@h',
    'smtp://hunter2@h',
    'smtp://a:b%zz@h',
    'smtp://h:0',
    'smtp://h:70000',
    'smtp://h/path',
    'smtp://h?tls=off',
    'smtp://a:b#c@h',
  ])('is not named by %s, and the start says so without repeating it', (SMTP_URL) => {
    const read = () => mailOf({ ...from, SMTP_URL });
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(/^SMTP_URL must be smtp:\/\/ or smtps:\/\//);
    expect(read).not.toThrow('hunter2');
  });
});

describe('the sender of mail', () => {
  const SMTP_URL = 'smtp://mail.example.com';

  it.each([
    ['ostiary@example.com', { name: undefined, address: 'ostiary@example.com' }],
    ['<ostiary@example.com>', { name: undefined, address: 'ostiary@example.com' }],
    ['Acme, Identity & Access <id@example.com>', { name: 'Acme, Identity & Access', address: 'id@example.com' }],
  ])('is %s', (MAIL_FROM, account) => {
    expect(mailOf({ SMTP_URL, MAIL_FROM })?.from).toEqual(account);
  });

  it.each([
    'nobody',
    'a@b@c',
    'A <a@b.test',
    'a@b.test>',
    'A <a@b.test> <c@d.test>',
    'A\r\nBcc: x@y.z <a@b.test>',
    'a@b.test, c@d.test',
  ])('is not %j', (MAIL_FROM) => {
    expect(() => mailOf({ SMTP_URL, MAIL_FROM })).toThrow(/^MAIL_FROM must be an address/);
    expect(() => mailOf({ MAIL_FROM })).toThrow(ConfigurationError);
  });

  it('must be known where there is a server', () => {
    expect(() => mailOf({ SMTP_URL })).toThrow(/^MAIL_FROM is required when SMTP_URL is set$/);
  });
});

describe('the page where invitations are accepted', () => {
  it.each(['https://portal.example.com/accept?token={token}', 'http://127.0.0.1:8080/#{token}'])('is %s', (url) => {
    expect(readConfiguration({ INVITATION_URL: url }).invitationUrl).toBe(url);
  });

  it.each([
    'https://portal.example.com/accept',
    'portal.example.com/{token}',
    'javascript:alert("{token}")',
    'https://portal.example.com/a b?{token}',
    'https://portal.example.com/?{token}\n\nand another line',
    'https:///?{token}',
  ])('is not %j', (INVITATION_URL) => {
    expect(() => readConfiguration({ INVITATION_URL })).toThrow(/^INVITATION_URL must be an http or https URL/);
  });
});
