import { z } from 'zod';

/** The keys that a map of the schema may have; none where there is no map at that path. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const bare = unwrap(schema);
  const [part, ...rest] = path;
  if (bare instanceof z.ZodArray) return part === undefined ? [] : keysAt(bare.element, rest);
  if (!(bare instanceof z.ZodObject)) return [];
  const shape: Readonly<Record<string, z.core.$ZodType>> = bare.shape;
  if (part === undefined) return Object.keys(shape);
  const inner = shape[String(part)];
  return inner === undefined ? [] : keysAt(inner, rest);
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const wrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return wrapped ? unwrap(schema.unwrap()) : schema;
}
