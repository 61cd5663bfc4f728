import { describe, expect, it } from 'vitest';
import { invitationText } from './invitation-text.js';

const token = 'osti_0123456789';
const words = { displayName: 'Zoë', organization: 'Acme & Söhne', token, expiresAt: '2026-12-02T21:35:00.000Z' };
const door = { publicUrl: 'https://id.example.com', template: undefined };
const page = { ...door, template: 'https://portal.example.com/accept#token={token}' };

describe('the mail of an invitation', () => {
  it('names the guest, the organization and the end, and has the link of the page where it is accepted', () => {
    const { subject, text } = invitationText(words, page);
    expect(subject).toBe('Invitation to Acme & Söhne');
    expect(text).toContain('Hello Zoë,\n\nyou are invited to sign in to Acme & Söhne.');
    expect(text).toContain(`\n\nhttps://portal.example.com/accept#token=${token}\n\n`);
    expect(text).toContain('until Wed, 02 Dec 2026 21:35:00 GMT.');
    expect(text).not.toContain('/api/v1');
  });

  it('leads to the page of this server where the operator names none', () => {
    const { text } = invitationText(words, door);
    expect(text).toContain(`\n\nhttps://id.example.com/activate-profile#token=${token}\n\n`);
    expect(text).not.toContain('/api/v1');
  });

  it('has the token wherever the template asks for it', () => {
    const twice = { ...door, template: 'https://x.example/{token}?again={token}' };
    expect(invitationText(words, twice).text).toContain(`https://x.example/${token}?again=${token}\n`);
  });

  it('has the token nowhere but in its place, and never in the subject', () => {
    for (const { subject, text } of [invitationText(words, page), invitationText(words, door)]) {
      expect(subject).not.toContain(token);
      expect(text.split(token)).toHaveLength(2);
    }
  });

  it('keeps names in their lines', () => {
    const names = { displayName: 'Eve\r\n\r\nOpen https://evil.example', organization: 'Acme\nBcc: all@example.com' };
    const { subject, text } = invitationText({ ...words, ...names }, page);
    expect(subject).toBe('Invitation to Acme Bcc: all@example.com');
    expect(text).toContain('Hello Eve Open https://evil.example,\n');
  });
});
