import * as z from 'zod';
import { authenticationMethods } from '../../decision/decision.ts';
import {
  authorizationParameter,
  duration,
  issuer,
  line,
  link,
  localText,
  name,
  requirement,
  secret,
} from './text-values.ts';

export const methodName = z.enum(authenticationMethods);

const evidence = z.strictObject({
  acr: z.array(line(256, 'phr')).default([]).describe('Values of acr, any of which proves the method.'),
  amr: z
    .array(z.array(line(64, 'hwk')).min(1))
    .default([])
    .describe('Sets of amr values; all of one set prove the method.'),
});

const claims = z.strictObject({
  subject: line(128, 'sub')
    .default('sub')
    .describe(
      'The claim that names the person. Danger: a claim that is ever given to somebody else gives them this access.',
    ),
  email: line(128, 'email').default('email').describe('The claim with the e-mail address.'),
  name: line(128, 'name').default('name').describe('The claim with the name that pages show.'),
  groups: line(128, 'groups').default('groups').describe('The claim with the list of groups.'),
});

export const identityProviderSchema = z.strictObject({
  id: name.describe('Names the provider in rules, metrics and the audit trail.'),
  title: line(80, 'Corp account').optional().describe('What people read on the sign-in page. Default: the id.'),
  issuer: issuer.describe(
    'The OpenID Connect issuer, exactly as the provider writes it. https, or http on this machine.',
  ),
  client_id: line(256, 'postern').describe('The client that is registered for Postern.'),
  client_secret: secret(1, `\${env:OIDC_CLIENT_SECRET}`).describe('A reference to the secret of that client.'),
  scopes: z
    .array(line(128, 'openid'))
    .min(1)
    .default(['openid', 'profile', 'email', 'groups'])
    .describe('What is asked for; openid is needed.'),
  authorize: z
    .record(authorizationParameter, line(512, 'offline'))
    .default({})
    .describe(
      'Parameters that the provider is sent with each sign-in, such as access_type, hd, login_hint, resource or prompt. Where a step-up or a new sign-in asks for something itself, that wins; what a sign-in hangs on cannot be named (P029).',
    ),
  claims: claims
    .prefault({})
    .describe('Which claims hold what. Claims are replaced at each sign-in and refresh, never merged.'),
  refresh: duration(10_000)
    .optional()
    .describe('How often the claims of sessions in use are read again. Default: only at sign-in and step-up.'),
  claims_max_age: duration(60_000)
    .optional()
    .describe(
      'A session whose claims could not be read again for so long ends. Default: 12h where refresh is set, otherwise none.',
    ),
  trust_email: z
    .boolean()
    .default(false)
    .describe(
      "true: e-mail addresses count without email_verified. Danger: whoever can write an unverified address there gets that person's access.",
    ),
  factors: z
    .strictObject({ password: evidence.optional(), otp: evidence.optional(), passkey: evidence.optional() })
    .optional()
    .describe(
      'Which acr values, or which whole sets of amr values, prove which method; a method that is not listed is never proved. Default: password by amr pwd, otp by amr otp, passkey by acr phr or phrh or by amr hwk+user or swk+user.',
    ),
  reauth: z
    .strictObject({
      prompt: z
        .enum(['login', 'select_account', 'consent'])
        .default('login')
        .describe('The prompt that makes the provider ask the person again.'),
      max_age: duration(1_000)
        .prefault('1s')
        .describe(
          'How old a sign-in there may be that answers it, in whole seconds. Never 0: some providers take that for none.',
        ),
      obeyed: z
        .boolean()
        .default(false)
        .describe(
          'true: this provider asks the person again, though it sends no auth_time. Then a sign-in that Postern asked for after a revocation counts. Try it first. Danger: at a provider that does not ask, its cookie signs a thief back in.',
        ),
    })
    .prefault({})
    .describe('How a person is asked to sign in anew: after a revocation, and for a step-up that needs a fresh proof.'),
  step_up: z.enum(['idp']).default('idp').describe('Who asks for a second factor.'),
});

export const postureSchema = z.strictObject({
  title: localText(80, 'Managed laptop')
    .optional()
    .describe(
      'What people read on the page of their device and in denials; a text, or one for each language. Default: the name.',
    ),
  require: z
    .array(requirement)
    .min(1)
    .describe('Checks that must be true, and comparisons such as "os_version >= 14.0".'),
  max_age: duration(60_000).prefault('24h').describe('How old a fact may be; older facts are no facts.'),
  on_fail: z
    .strictObject({
      warn_for: duration(60_000).describe(
        "How long a device that fails is let in and its person warned, from this person's first warning; it never restarts.",
      ),
      // biome-ignore lint/suspicious/noThenProperty: the word of the vocabulary; its value is no function, so that nothing awaits it.
      then: z.enum(['block']).default('block').describe('What happens from then on.'),
    })
    .optional()
    .describe(
      'Grace for a known device whose facts are all there and fresh, one of them failing. Unknown and stale facts block at once. Default: block at once.',
    ),
  help: z.record(z.string(), link).default({}).describe('For each check, a page that says how to mend it.'),
  sources: z
    .array(name)
    .min(1)
    .optional()
    .describe(
      'Whose facts count: self is what the device says of itself, admin what the admin API set, and a provider of devices is named by its id. Default: all.',
    ),
});
