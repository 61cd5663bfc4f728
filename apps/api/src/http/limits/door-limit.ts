import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { firstValueFrom, from, type Observable } from 'rxjs';
import { DomainError } from '@app/kernel';
import { type Door, DoorCounters } from './door-counters.js';
import { networkOf } from './network-of.js';

const doorMetadata = 'ostiary:door';

/** The door a handler is, if a secret opens it. */
export function doorOf(reflector: Reflector, handler: (...args: unknown[]) => unknown): Door | undefined {
  return reflector.get<Door | undefined>(doorMetadata, handler);
}

@Injectable()
class DoorLimit implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly counters: DoorCounters,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const door = this.reflector.get<Door>(doorMetadata, context.getHandler());
    const network = networkOf(context.switchToHttp().getRequest<FastifyRequest>().ip);
    return from(door === 'token' ? this.failuresOnly(door, network, next) : this.everyTry(door, network, next));
  }

  private async everyTry(door: Door, network: string, next: CallHandler): Promise<unknown> {
    await this.counters.requireOpen(door, network);
    await this.counters.begin(door, network);
    let failed = false;
    try {
      return await firstValueFrom(next.handle(), { defaultValue: undefined });
    } catch (error) {
      failed = isFailure(door, error);
      throw error;
    } finally {
      await this.counters.finish(door, network, failed);
    }
  }

  private async failuresOnly(door: Door, network: string, next: CallHandler): Promise<unknown> {
    await this.counters.requireOpen(door, network);
    try {
      return await firstValueFrom(next.handle(), { defaultValue: undefined });
    } catch (error) {
      if (isFailure(door, error)) await this.counters.countFailure(door, network);
      throw error;
    }
  }
}

/** A secret that was wrong. Bodies that cannot be read, weak passwords, and our own refusals for want of room are none. */
function isFailure(door: Door, error: unknown): boolean {
  const wrong = door === 'provider' ? ['unauthenticated'] : ['unauthenticated', 'not_found', 'gone'];
  return error instanceof DomainError && wrong.includes(error.code);
}

/**
 * A handler that a secret opens. Each try counts before the secret is looked at, so that a hundred at once are a
 * hundred, and is taken back when it did not fail. At the token door, where success is the rule and every write counts,
 * only failures do.
 */
export const LimitedDoor = (door: Door) => applyDecorators(SetMetadata(doorMetadata, door), UseInterceptors(DoorLimit));
