import * as z from 'zod';
import type { AuthenticationMethod } from '../../decision/decision.ts';
import { type ReasonCode, reasonCodes } from '../../decision/reason.ts';
import { address, canonicalPath, duration, email, instant, line, method, name } from './text-values.ts';

const claimScalar = z.union([z.string(), z.number(), z.boolean()]);
const age = duration(0).optional();

/** Reasons of an answer that is neither yes nor a way to one. */
const denialReasons = reasonCodes.filter(
  (code) => !/^(granted|public_route|preflight|login_required|session_|step_up_required|reauth_required)/.test(code),
) as [ReasonCode, ...ReasonCode[]];

/** What is given of a request that nobody has made. What is not given is unknown, not absent. */
export const givenSchema = z
  .strictObject({
    provider: name
      .optional()
      .describe('The identity provider that they signed in with. Needed where there are several.'),
    service: name
      .optional()
      .describe('The service that asks, by its id; then no person does, and nothing of one can be given.'),
    user: email.optional().describe('The address of the person; the same as email.'),
    email: email.optional().describe('The address of the person.'),
    email_verified: z
      .boolean()
      .default(true)
      .describe('false: the provider does not vouch for the address, so no rule goes by it.'),
    groups: z.array(line(256, 'finance')).optional().describe('Every group of the person. []: in none.'),
    claims: z
      .record(z.string(), z.union([claimScalar, z.array(claimScalar)]))
      .optional()
      .describe('Claims of the person, by name.'),
    device: z
      .record(
        name,
        z.union([
          z.enum(['pass']),
          z.strictObject({
            fail: z.array(line(64, 'disk_encrypted')).min(1).describe('The checks that fail.'),
            warned: duration(0)
              .optional()
              .describe(
                'How long ago the person was first warned, where the posture has on_fail. Without it nobody was warned before.',
              ),
          }),
        ]),
      )
      .optional()
      .describe(
        'How the device does, by posture: pass, or { fail: [checks] }, with warned: 8d where the first warning was so long ago.',
      ),
    auth: z
      .strictObject({
        password: age.describe('How long ago a password was proved.'),
        otp: age.describe('How long ago a one-time code was proved.'),
        passkey: age.describe('How long ago a passkey was proved.'),
        registered_browser: age.describe('How long ago the browser proved its key.'),
      } satisfies Record<AuthenticationMethod, typeof age>)
      .optional()
      .describe('How long ago each method was proved. Those that are left out never were.'),
    risk: z.number().min(0).max(100).optional().describe('The risk score, 0 to 100.'),
    network: name.optional().describe('The named network that the request comes from.'),
    address: address.optional().describe('The address that the request comes from, in place of network.'),
    now: instant.optional().describe('The time of the request, with its zone.'),
  })
  .describe('What is known. Whatever is left out is unknown.');

export const testRequestSchema = z
  .strictObject({
    method: method.default('GET').describe('The request method.'),
    path: canonicalPath.optional().describe("The path. Default: the route's own prefix or path."),
  })
  .describe('What is asked for.');

const routeNames = z.array(name).min(1);

export const testSchema = z.strictObject({
  name: line(200, 'finance reaches payroll with a fresh passkey').describe('Says what must hold; unique.'),
  given: givenSchema.prefault({}),
  request: testRequestSchema.prefault({}),
  accept: routeNames
    .optional()
    .describe('Routes that must open, whatever the facts that are not given turn out to be.'),
  step_up: routeNames.optional().describe('Routes that must ask for a fresh proof.'),
  deny: z
    .record(name, z.enum(denialReasons))
    .optional()
    .describe('Routes that must say no, each with the reason code.'),
});
