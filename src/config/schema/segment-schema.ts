import * as z from 'zod';
import { requirementSchema } from './route-schema.ts';
import { network } from './text-values.ts';

/** A part of the network that apps share: what it asks of everyone, and the addresses that it consists of. */
export const segmentSchema = z.strictObject({
  upstreams: z
    .array(network)
    .min(1)
    .optional()
    .describe(
      'The only networks that routes of this segment connect to, whatever DNS says. Default: any address that is not special. Danger: a network inside a special range (169.254.169.254) opens it.',
    ),
  require: requirementSchema
    .optional()
    .describe("What is asked beside every grant of the segment's routes, those of services too: both must hold."),
});
