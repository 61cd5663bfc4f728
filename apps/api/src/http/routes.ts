import { type INestApplicationContext, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/internal';
import { MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { type Access, accessMetadata } from '@app/access';
import type { Door } from './limits/door-counters.js';
import { doorOf } from './limits/door-limit.js';

export interface RouteDescription {
  readonly method: string;
  readonly path: string;
  readonly access: Access | undefined;
  /** Where failed attempts are counted, if a secret opens it. */
  readonly door: Door | undefined;
  readonly controller: string;
  readonly handler: string;
}

type Handler = (...args: unknown[]) => unknown;

/** Every route of every controller, with who may call it. */
export function listRoutes(app: INestApplicationContext): RouteDescription[] {
  const reflector = app.get(Reflector);
  const scanner = new MetadataScanner();
  return [...app.get(ModulesContainer).values()]
    .flatMap((module) => [...module.controllers.values()])
    .flatMap(({ metatype }) => {
      if (!metatype) return [];
      const prototype = metatype.prototype as Record<string, Handler>;
      const prefixes = pathsOf(metatype);
      return scanner.getAllMethodNames(prototype).flatMap((handler) => {
        const callback = prototype[handler] as Handler;
        const access = reflector.getAllAndOverride<Access | undefined>(accessMetadata, [callback, metatype]);
        const door = doorOf(reflector, callback);
        return methodsOf(callback).flatMap((method) =>
          prefixes.flatMap((prefix) =>
            pathsOf(callback).map((path) => ({
              method,
              path: joined(prefix, path),
              access,
              door,
              controller: metatype.name,
              handler,
            })),
          ),
        );
      });
    });
}

/** Closed by default: a route that says nothing about who may call it stops the start. */
export function requireAccessEverywhere(app: INestApplicationContext): void {
  const open = listRoutes(app).find(({ access }) => access === undefined);
  if (open) {
    throw new Error(
      `${open.controller}.${open.handler} (${open.method} ${open.path}) has neither @Requires nor @Public`,
    );
  }
}

function pathsOf(target: object): string[] {
  const paths = Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined;
  return paths === undefined ? [] : [paths].flat();
}

function methodsOf(callback: Handler): string[] {
  const method = Reflect.getMetadata(METHOD_METADATA, callback) as RequestMethod | undefined;
  return method === undefined ? [] : [RequestMethod[method]];
}

function joined(prefix: string, path: string): string {
  return `/${[prefix, path]
    .map((part) => part.replace(/^\/+|\/+$/g, ''))
    .filter(Boolean)
    .join('/')}`;
}
