import { Inject, Injectable } from '@nestjs/common';
import { type ApiConfiguration, configurationToken } from '../../api-configuration.js';

/** `<slug>.<public host>` names an organization; every other host name names none. */
@Injectable()
export class OrganizationByHost {
  private readonly suffix: string;

  constructor(@Inject(configurationToken) configuration: ApiConfiguration) {
    this.suffix = `.${new URL(configuration.publicUrl).hostname.toLowerCase()}`;
  }

  slugIn(hostname: string): string | undefined {
    const host = hostname.toLowerCase();
    const slug = host.endsWith(this.suffix) ? host.slice(0, -this.suffix.length) : '';
    return slug === '' || slug.includes('.') ? undefined : slug;
  }
}
