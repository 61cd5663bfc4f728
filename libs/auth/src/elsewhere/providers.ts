import { Inject, Injectable } from '@nestjs/common';
import { NotFoundError, type OidcProvider } from '@app/kernel';
import { ProviderClient } from './provider-client.js';

export const oidcProviders = Symbol('OidcProviders');

/** What providers are configured as, and where this server is reached. */
export interface OidcSetting {
  readonly publicUrl: string;
  readonly providers: readonly OidcProvider[];
}

/** The providers of the configuration. Of an organization for which they are not, they are not there. */
@Injectable()
export class Providers {
  private readonly clients: ReadonlyMap<string, ProviderClient>;

  constructor(@Inject(oidcProviders) { publicUrl, providers }: OidcSetting) {
    const clientOf = (provider: OidcProvider) =>
      new ProviderClient(provider, provider.redirectUri ?? `${publicUrl}/api/v1/auth/oidc/${provider.name}/callback`);
    this.clients = new Map(providers.map((provider) => [provider.name, clientOf(provider)]));
  }

  client(name: string): ProviderClient {
    const found = this.clients.get(name);
    if (!found) throw new NotFoundError('provider');
    return found;
  }

  /** Names of those whose users may be users of the organization. */
  namesFor(organization: string): string[] {
    return [...this.clients.values()]
      .filter((one) => isFor(one.provider, organization))
      .map((one) => one.provider.name);
  }

  /** Which of these is behind an issuer. */
  nameOf(issuer: string, names: readonly string[]): string | undefined {
    return names.find((name) => issuerOf(this.client(name).provider) === issuer);
  }
}

export function isFor({ organizations }: OidcProvider, slug: string): boolean {
  return organizations === undefined || organizations.includes(slug);
}

/** Identities are kept under it: it stays the same when somebody writes a slash behind it. */
export function issuerOf({ issuer }: OidcProvider): string {
  return issuer.replace(/\/+$/, '');
}
