import * as z from 'zod';
import { assertionAlgorithms } from '../route.ts';
import { byteSize, duration, identityHeaderName, line } from './text-values.ts';

/** What of a person an app may be told in a header of its own. */
export const toldFacts = ['user', 'email', 'name', 'groups'] as const;

/** `identity` of a route: what its app is told of who asks. */
export const toldIdentitySchema = z
  .strictObject({
    groups: z
      .union([z.enum(['all', 'named', 'none']), z.array(line(256, 'project-*')).min(1)])
      .default('named')
      .describe(
        "Which of a person's groups the app is told of. named: those that the route's rules name; a list: these, where * stands for any text. Danger: all can make headers larger than apps take, and tells every app everything.",
      ),
    claims: z
      .array(line(256, 'department'))
      .default([])
      .describe(
        'Claims that the assertion has beside, under `claims`. Those that a person does not have are left out.',
      ),
    headers: z
      .strictObject({
        user: identityHeaderName.optional().describe('The header with the subject, or `service:ID`.'),
        email: identityHeaderName
          .optional()
          .describe('The header with the address; only where the provider vouches for it.'),
        name: identityHeaderName.optional().describe('The header with the display name.'),
        groups: identityHeaderName.optional().describe('The header with the groups, joined by commas.'),
      })
      .prefault({})
      .describe(
        'Plain headers by names of your own, as apps know them from other proxies. What a client sends under these names is removed. Danger: they are only as good as the path to the upstream.',
      ),
    assertion: z
      .boolean()
      .default(true)
      .describe(
        'false: no X-Postern-Assertion is sent. Then nothing tells the app that a request came through Postern.',
      ),
    assertion_lifetime: duration(30_000, 300_000)
      .prefault('1m')
      .describe(
        'How long an assertion is valid; one is signed when the last has a third of that left. Danger: whoever gets hold of one can use it for so long, revoked or not, so more than 1m is refused with `sensitivity: high`.',
      ),
    assertion_algorithm: z
      .enum(assertionAlgorithms)
      .default('ES256')
      .describe(
        'What assertions are signed with (RFC 7518, RFC 8037). EdDSA is Ed25519, which not every library knows.',
      ),
    limit: byteSize(1024, 65_536)
      .default(7168)
      .describe(
        'How long one of these headers may be; many apps take 8 KiB. Where somebody has too many groups for it, the request is refused with 502 identity_too_large: half a list would be another one.',
      ),
  })
  .prefault({});
