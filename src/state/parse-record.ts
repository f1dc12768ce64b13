import type { z } from 'zod';
import { Fault } from '../decision/fault.ts';
import type { StoredRecord } from './state-store.ts';

/** Reads what a record holds. One of another shape is `Fault('state_corrupt')`, never a record of nothing. */
export function parseRecord<Shape extends z.ZodType>(shape: Shape, record: StoredRecord): z.infer<Shape> {
  try {
    return shape.parse(JSON.parse(record.value));
  } catch (cause) {
    const message = `A ${record.kind} record does not have the shape that this Postern writes.`;
    throw new Fault('state_corrupt', message, { cause });
  }
}
