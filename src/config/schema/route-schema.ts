import * as z from 'zod';
import type { ConditionWords } from '../../policy/conditions/condition-words.ts';
import { denialShape, grantShape } from '../../policy/conditions/conditions-of-rule.ts';
import { methodName } from './identity-schema.ts';
import { redirectSchema, respondSchema } from './own-answer-schema.ts';
import {
  canonicalPath,
  corsOrigin,
  domain,
  duration,
  email,
  expression,
  filePath,
  headerValue,
  hostName,
  languageTag,
  line,
  localText,
  method,
  name,
  pathExpression,
  pathGlob,
  requestHeaderName,
  responseHeaderName,
  responseHeaderValue,
  routeOrigin,
  timeOfDay,
  upstream,
  zone,
} from './text-values.ts';
import { toldIdentitySchema } from './told-identity-schema.ts';
import { healthCheckSchema, rewriteSchema, upstreamSchema } from './upstream-schema.ts';

/** A path of a rule: a glob, one exact path, or a regular expression. The latter two come out with their kind before them. */
const pathEntry = z.union([
  pathGlob,
  z
    .strictObject({ path: canonicalPath.describe('This one path, letter by letter: * stands for itself.') })
    .transform(({ path }) => `path:${path}`),
  z
    .strictObject({
      regex: pathExpression.describe(
        'A regular expression for the whole path, in the syntax of RE2, from ^ to $. Denials disregard case.',
      ),
    })
    .transform(({ regex }) => `regex:${regex}`),
]);

const rollout = z.strictObject({
  percent: z.number().int().min(0).max(100).describe('How many of a hundred buckets the rule acts on.'),
  by: z
    .enum(['user', 'group', 'device'])
    .default('user')
    .describe(
      'What falls into a bucket, always the same one: a person, a group of theirs that the rule names, or a device.',
    ),
  include: z
    .array(line(256, 'pilot@corp.example'))
    .optional()
    .describe('Addresses, groups or devices that the rule acts on whatever the percentage.'),
  exclude: z
    .array(line(256, 'root-1@corp.example'))
    .optional()
    .describe('Addresses, groups or devices that the rule never acts on. Wins over include.'),
});

const modes = {
  mode: z
    .enum(['off', 'report_only', 'partial', 'enforce'])
    .default('enforce')
    .describe(
      'Whether the rule acts. report_only: what it would have done is written down, a grant grants nothing and a denial closes nothing. partial: it acts on the part that rollout says. Danger: a denial that does not enforce keeps nobody out.',
    ),
  rollout: rollout.optional().describe('Whom a rule in mode partial acts on; for everybody else it is report_only.'),
};

const words: ConditionWords = {
  name,
  line,
  email,
  domain,
  method,
  authenticationMethod: methodName,
  pathEntry,
  expression,
  timeOfDay,
  zone,
  duration,
};

const id = name.describe('Names the rule in the audit trail; unique within the route.');

const grantSchema = z
  .strictObject({ id, ...grantShape(words), ...modes })
  .describe('Opens the route when every key of it holds.');

/** What a segment may add to a grant: every key of a grant but its name and its mode. */
export const requirementSchema = grantSchema.omit({ id: true, services: true, mode: true, rollout: true });

const denialSchema = z
  .strictObject({
    id,
    ...denialShape(words),
    user_message: z
      .record(languageTag, line(500, 'Contractors use the vendor portal instead.'))
      .optional()
      .describe('What the person reads, by language.'),
    ...modes,
  })
  .describe('Closes the route when every key of it holds, whatever any grant says.');

export const routeSchema = z.strictObject({
  name: name.describe('Names the route in metrics, the audit trail and the portal; unique.'),
  title: localText(80, 'Payroll')
    .optional()
    .describe('What people read: a text, or one for each language ({ en: Payroll, de: Lohn }). Default: the name.'),
  description: localText(200, 'Salaries and payslips')
    .optional()
    .describe('One line for the portal; a text, or one for each language.'),
  icon: filePath('icons/payroll.svg')
    .optional()
    .describe(
      'The picture of the app in the portal: a file in SVG, PNG or WebP, at most 64 KiB. Its address cannot be guessed, and needs no sign-in. Default: the first letter of the title.',
    ),
  group: localText(60, 'Finance')
    .optional()
    .describe(
      'The heading that the portal shows it under, beside the other apps of the same group; groups stand in the order of the file. A text, or one for each language. Default: no group.',
    ),
  from: routeOrigin.describe('The origin that people open: https, an exact host, no path.'),
  prefix: canonicalPath
    .optional()
    .describe(
      "Only paths under this one, at a segment border. The longest prefix of a host wins. Compared exactly; a path that a careless server would read as another route's (/Admin or /admin;x beside a route for /admin) is a 404. Default: /.",
    ),
  path: canonicalPath.optional().describe('Only this one path. Wins over every prefix.'),
  regex: pathExpression
    .optional()
    .describe(
      'Only paths that fit this regular expression as a whole, in the syntax of RE2, from ^ to $. Comes after every path and prefix of the host; of several the first in the file wins.',
    ),
  to: z
    .union([upstream, z.array(upstream).min(1)])
    .optional()
    .describe(
      'Where requests go: an origin, or a list that takes turns. next hands them to the Express app (only in the package). Needed unless the route has redirect or respond.',
    ),
  rewrite: rewriteSchema,
  health_check: healthCheckSchema,
  redirect: redirectSchema,
  respond: respondSchema,
  tls_upstream_server_name: hostName
    .optional()
    .describe(
      "The name that is asked for and that the upstream's certificate must cover. Default: the host of the upstream.",
    ),
  tls_custom_ca_file: filePath('certs/internal-ca.crt')
    .optional()
    .describe("PEM file of the authorities that the upstream's certificate may come from. Default: those of Node."),
  tls_client_cert_file: filePath('certs/postern-client.crt')
    .optional()
    .describe('PEM file of the certificate that Postern shows to the upstream.'),
  tls_client_key_file: filePath('certs/postern-client.key').optional().describe('PEM file of its private key.'),
  allow_plaintext_upstream: z
    .boolean()
    .default(false)
    .describe(
      'true: http:// upstreams are taken. Danger: whoever is on the network between reads and changes everything.',
    ),
  upstream: upstreamSchema,
  segment: name
    .optional()
    .describe(
      'The segment that the route is in: its demands are added to each grant, and its networks are all that is connected to. Default: none.',
    ),
  sensitivity: z
    .enum(['low', 'normal', 'high'])
    .default('normal')
    .describe(
      'Scales the levels of risk on this route: high halves them (medium 40 becomes 20), low makes them half as much again (60), at most 100. What a rule says of risk is not scaled.',
    ),
  public: z
    .boolean()
    .default(false)
    .describe(
      'true: no sign-in; identity headers of the client are removed all the same. Danger: everyone who reaches Postern reaches the app.',
    ),
  owner: line(200, 'payroll-owners@corp.example')
    .optional()
    .describe('Whom the denial page and the upstream-down page name.'),
  disclose: z
    .enum(['kind', 'requirements'])
    .default('kind')
    .describe(
      'How much a denial tells: its kind, or what was missing too. Danger: requirements tell a stranger what to look for.',
    ),
  clients: z
    .strictObject({
      api_paths: z.array(pathGlob).min(1).describe('Paths whose clients get problem bodies and never a redirect.'),
    })
    .optional()
    .describe('What kind of client asks, where the request does not say so.'),
  allow: z
    .array(grantSchema)
    .default([])
    .describe('Grants: any one that is met in full opens the route. Without one nobody passes.'),
  deny: z.array(denialSchema).default([]).describe('Denials: any one that is met closes the route.'),
  pass_identity_headers: z
    .boolean()
    .default(false)
    .describe(
      'true: X-Postern-User, -Email and -Groups are sent beside the signed X-Postern-Assertion. Danger: they are only as good as the path to the upstream; apps should verify the assertion.',
    ),
  identity: toldIdentitySchema.describe('What the app is told of who asks.'),
  set_request_headers: z
    .record(requestHeaderName, headerValue)
    .default({})
    .describe(
      `Headers that are set on the way to the upstream, over what the client sent. A value may be a reference: what it stands for goes to the app, and is shown nowhere. \`\${user.id}\`, \`\${user.email}\`, \`\${user.name}\`, \`\${user.groups}\` and \`\${claims.NAME}\` in it stand for what they say; where that is not known, the header is not sent.`,
    ),
  remove_request_headers: z
    .array(requestHeaderName)
    .default([])
    .describe('Headers of the client that the upstream does not get.'),
  set_response_headers: z
    .record(responseHeaderName, responseHeaderValue)
    .default({})
    .describe(
      "Headers that are set on the app's answers, over what the app says. Answers of Postern's own have theirs.",
    ),
  remove_response_headers: z
    .array(responseHeaderName)
    .default([])
    .describe("Headers of the app's answers that clients do not get."),
  encoded_slashes: z
    .enum(['refuse', 'keep'])
    .default('refuse')
    .describe(
      'keep: %2F in a path is a character of its segment and is forwarded, as npm, GitLab, RabbitMQ and Jenkins need it. The path must be allowed as it is and with slashes in their place. refuse: 400.',
    ),
  doubled_slashes: z
    .enum(['refuse', 'keep'])
    .default('refuse')
    .describe(
      'keep: // within a path is forwarded, as object stores need it. The path must be allowed as it is and with one slash in their place. refuse: 400.',
    ),
  service_worker: z
    .boolean()
    .default(false)
    .describe(
      'true: the app has a service worker that answers navigations from its cache (Workbox calls it navigateFallback), so that nobody comes to sign in at its host again. People are led by the sign-in host then, past the worker.',
    ),
  cross_site_posts: z
    .array(canonicalPath)
    .min(1)
    .optional()
    .describe(
      "Exact paths to which pages of other sites may post a form, such as the /acs of the app's own SAML sign-in. Browsers bring no session with such a post: what came is kept in a page, and a click of the person sends it on, with its own Origin. At most 256 KiB.",
    ),
  allow_websockets: z
    .boolean()
    .default(false)
    .describe('true: upgrades to WebSocket pass, from the origin of the route.'),
  websocket: z
    .strictObject({
      deny: z
        .enum(['http', 'close'])
        .default('http')
        .describe(
          'How a handshake is refused. http: with a status and a problem body, which page script cannot read. close: accepted, then closed with a code and a reason that it can; the app hears nothing.',
        ),
    })
    .prefault({})
    .describe('How WebSockets are answered. Needs allow_websockets.'),
  cors: z
    .strictObject({
      origins: z
        .array(corsOrigin)
        .min(1)
        .describe(
          "Origins that may send requests with the person's credential. Danger: their scripts act as the person. *: any, on a public route alone, where there is no credential.",
        ),
    })
    .optional()
    .describe(
      'Answers preflights for other origins. Default: none; those of a public route go to its app, which says itself who may ask.',
    ),
});
