import type { SourcePosition } from '../decision/decision.ts';

/** What each kind of problem means and how it is mended: for `postern help P001` and docs/problems.md. Codes are never reused. */
export const problemCatalogue = {
  P001: {
    title: 'Unknown key',
    advice:
      'Every key must be a word of the configuration. A typing mistake would otherwise switch off a rule without a sound. A key that a later version has is refused until it is built.',
  },
  P002: {
    title: 'Duplicate key',
    advice: 'A map has the same key twice. Keep one of them; for several values use a list.',
  },
  P003: {
    title: 'Not valid YAML',
    advice: 'The text is not YAML 1.2. Indent with spaces, close every quote and bracket, keep one document in a file.',
  },
  P004: { title: 'Unknown tag', advice: 'Tags such as !include or !!binary are not used. Remove the tag.' },
  P005: {
    title: 'Too deep or too large when expanded',
    advice: 'Aliases or nesting make the text far larger than any configuration. Write the values out.',
  },
  P006: { title: 'Unreadable file', advice: 'The configuration must be a readable UTF-8 text of at most 16 MiB.' },
  P007: { title: 'Missing key', advice: 'The key is needed and has no default. Add it.' },
  P010: {
    title: 'Wrong type',
    advice:
      'The value has another type than the key takes: text, number, true or false, list or map. Numbers that are meant as text are quoted.',
  },
  P011: {
    title: 'Not one of the choices',
    advice: 'The key takes one of a few words. Use one of those that the message lists.',
  },
  P012: {
    title: 'Not a duration',
    advice:
      'Write a whole number and a unit without a space: 30s, 15m, 12h, 7d. The message says when it is out of range.',
  },
  P013: {
    title: 'Not a size',
    advice: 'Write a whole number and a unit: 512B, 16KiB, 100MiB, 1GiB. The message says when it is out of range.',
  },
  P014: {
    title: 'Not an address to listen on',
    advice: 'Write HOST:PORT with an IP address, for example 127.0.0.1:9443 or "[::]:8443".',
  },
  P015: {
    title: 'Not a usable URL',
    advice: 'Write a whole URL with the scheme that the message asks for, without user, query or fragment.',
  },
  P016: {
    title: 'Not a network',
    advice: 'Write an IP address or a CIDR whose host bits are zero, for example 203.0.113.0/24 or 2001:db8::/32.',
  },
  P017: {
    title: 'Not an e-mail address or a domain',
    advice: 'Write name@example.com for emails and example.com for domains, without wildcards.',
  },
  P018: {
    title: 'Out of range',
    advice: 'The number is too small or too large, or the list is empty. The message says what is allowed.',
  },
  P019: {
    title: 'Not a usable text',
    advice: 'The text is empty, too long, or has characters that the key does not take.',
  },
  P021: {
    title: 'Unknown reference',
    advice:
      'The value names a posture, network, segment, provider or check that is not defined in the file. Define it or correct the name.',
  },
  P022: {
    title: 'Duplicate name',
    advice: 'Names of routes, ids of providers and ids of rules within a route must be unique: records refer to them.',
  },
  P023: {
    title: 'Overlapping routes',
    advice:
      'Two routes have the same host and the same path, so one could never be reached. Merge them or change one of them.',
  },
  P024: {
    title: 'Word of the other effect',
    advice:
      'risk.below, device and auth belong to allow; risk.above, device_fails and user_message belong to deny. The other way round a rule would say the opposite of what it reads.',
  },
  P025: {
    title: 'Grant without provider',
    advice:
      'With several identity providers the same group or address may mean different people. Each grant names the provider that it believes.',
  },
  P026: {
    title: 'Method that nobody can prove',
    advice: 'No provider of the grant lists evidence for the method under factors, so a step-up could never succeed.',
  },
  P027: {
    title: 'Host of the sign-in pages',
    advice: 'server.auth_host is for sign-in, step-up and the portal alone. Give the app a host of its own.',
  },
  P028: {
    title: 'Plain HTTP upstream',
    advice:
      'Anybody on the network between could read and change what passes. Use https, or say allow_plaintext_upstream: true.',
  },
  P029: {
    title: 'Header that is not yours to set',
    advice: 'Identity headers, forwarding headers, hop-by-hop headers and Host are settled by Postern.',
  },
  P030: {
    title: 'Unreadable secret',
    advice:
      'The environment variable is not set, or the file cannot be read or is empty. Set it for the user that runs Postern.',
  },
  P031: {
    title: 'Secret in the file',
    advice: 'A secret never stands in the configuration. Put it in a file or an environment variable and refer to it.',
  },
  P032: { title: 'Secret too short', advice: 'Make a random one, for example with: openssl rand -base64 32' },
  P033: {
    title: 'Unreadable certificate or key',
    advice: 'The file is missing, may not be read, or holds no PEM of the right kind.',
  },
  P034: {
    title: 'Certificate and key do not belong together',
    advice: 'Each certificate needs its own private key, in the same order, without a passphrase.',
  },
  P035: {
    title: 'Misplaced reference',
    advice: `A reference is the whole value and is quoted: "\${env:NAME}" or "\${file:PATH}". It stands in keys that are secrets and in values of set_request_headers, and nowhere else: what a title or an address stands for is shown to people.`,
  },
  P036: {
    title: 'Cannot be formatted',
    advice:
      'Formatting would change what the text means, or lose a comment, so nothing was written. Put comments on lines of their own.',
  },
  P037: {
    title: 'Not a usable picture',
    advice:
      'Pictures are files in SVG, PNG or WebP of at most 64 KiB. The content counts, not the name; an SVG has no scripts.',
  },
  P040: {
    title: 'Not a canonical path',
    advice:
      'Paths begin with / and are written the way Postern compares them: no //, no dot segments, percent-encoding only where it is needed, in upper case. In patterns * stands for one segment or a part of it, ** for any number of segments.',
  },
  P041: { title: 'Not a method', advice: 'Methods are written in upper case: GET, POST.' },
  P042: {
    title: 'Not a header',
    advice: 'A header name is a token such as X-Env; a value has no line breaks or control characters.',
  },
  P043: {
    title: 'Not a requirement',
    advice:
      'Write the name of a check that must be true (disk_encrypted), or a comparison in quotes ("os_version >= 14.0").',
  },
  P045: {
    title: 'Keys that do not go together',
    advice: 'The message names two keys that exclude or need each other.',
  },
  P046: {
    title: 'Address that the route may not reach',
    advice:
      "The upstream is outside the networks of the route's segment, is a link-local, cloud metadata, multicast or unspecified address that no segment names, or is a listener of Postern itself.",
  },
  P047: {
    title: 'Not a condition',
    advice:
      'A when: is one CEL expression that comes to true or false. The message points into it: an unknown name, a type that does not fit, or something without a bounded cost. docs/rules.md lists the facts and functions.',
  },
  P048: {
    title: 'Not opening hours',
    advice:
      'Hours have a zone of the IANA database (Europe/Berlin), and times of day such as "07:00" and "20:00" that differ. From later than to goes over midnight.',
  },
  P049: {
    title: 'Not a regular expression',
    advice:
      'A regular expression over paths is compared with the whole path, so it begins with ^ and ends with $. Its syntax is that of RE2: no look-around and no back references, so that no request can make it slow.',
  },
  P056: {
    title: 'Mode and rollout that do not fit',
    advice:
      'mode: partial needs rollout: { percent: … } beside it, and rollout needs mode: partial. A segment has no modes: what it requires always holds.',
  },
  P058: {
    title: 'Condition that could take too long',
    advice:
      'What a when: can cost is worked out as the file is read, for somebody in 10,000 groups and with 16 KiB of claims: loops multiply. The message says how many steps it could take, and points to the part that costs the most. Loop once, and use groups: for groups that are listed. A step takes some tens of nanoseconds.',
  },
  P101: {
    title: 'Route that denies everyone',
    advice: 'Without an allow rule nobody passes. Add one, or say public: true.',
  },
  P102: { title: 'Public route with rules', advice: 'On a public route nobody signs in, so grants are not looked at.' },
  P104: { title: 'Plain HTTP upstream', advice: 'Fine on a private network that you trust; otherwise use https.' },
  P105: {
    title: 'Certificate does not fit',
    advice: 'Browsers will warn or refuse: get a certificate that covers the host and is valid now.',
  },
  P106: {
    title: 'Admin listener beyond this machine',
    advice: 'The admin listener is meant for 127.0.0.1. Reach it through a tunnel, or keep the network to it closed.',
  },
  P107: { title: 'Nothing uses it', advice: 'The definition is not used by any route. Remove it, or use it.' },
  P110: {
    title: 'Rule that can never match',
    advice:
      'No request fits the rule or the value: a path that belongs to another route, a method that no client can send, an address outside the domains beside it, a score that the signals do not add up to. A denial like this protects nothing.',
  },
  P111: {
    title: 'Grant that a denial always closes',
    advice:
      'Every request that the grant would open meets a denial, and denials win. Narrow the denial, or remove the grant.',
  },
  P112: {
    title: 'Grant that adds nothing',
    advice:
      'An earlier grant of the route opens everything that this one opens. Remove one of them; if this one was meant as a restriction, narrow the earlier one.',
  },
  P113: {
    title: 'Grant for everyone',
    advice:
      'The grant says nothing about who: everyone who can sign in passes. Add groups, emails or domains. If everyone is meant, begin its id with "everyone"; then nobody is warned.',
  },
  P114: {
    title: 'Paths that differ in spelling alone',
    advice:
      'Two routes of a host have paths that many servers take for the same one (/Admin and /admin). A client then chooses by spelling which rules judge it. Keep one of them, or give both the same rules.',
  },
  P115: {
    title: 'No break-glass account',
    advice:
      'Name the accounts that no reload may lock out under break_glass. They get no rights by it; a reload that would lock them out is refused.',
  },
  P116: {
    title: 'Routes that overlap',
    advice:
      'A route with regex: takes what no path: and no prefix: of its host takes, and of several the first in the file wins. Give the routes of a host paths that exclude each other, or put the one that must win first.',
  },
  P117: {
    title: 'Secret that others can read',
    advice:
      'Whoever has an account on this machine can read the file, or put another secret there. Let nobody but the user that runs Postern read it: chmod 0400. Secrets that Kubernetes, Docker or systemd mount are left alone: their modes count inside alone.',
  },
  P118: {
    title: 'Step-up that may never succeed',
    advice:
      'A rule asks for a proof, and the provider has no factors that say what it sends for it. Without them Postern takes amr otp, pwd and hwk+user and acr phr and phrh for proofs, which few providers send, and asks for no other. Add factors to the provider; docs/identity-providers.md has those of known providers.',
  },
  P119: {
    title: 'Value that is hardly meant',
    advice:
      'A prefix, a group and the value of a claim are compared letter by letter: * stands for itself, and a zero-width space, a curly quote or a letter of another alphabet is a part of the text. Nobody fits such a rule. Type the text again.',
  },
  P301: {
    title: 'Redirect URI not confirmed',
    advice:
      'The provider did not take the redirect URI of the sign-in host. Register it there, exactly as it is printed, for the client that client_id names. No provider tells this for sure, so it is only a guess from its answer.',
  },
  P302: {
    title: 'Provider does not answer',
    advice:
      'Discovery at the issuer failed. Check that this machine reaches it, that its certificate is trusted, and that the issuer is written exactly as the provider writes it.',
  },
  P303: {
    title: 'No keys of the provider',
    advice: 'Without the keys at jwks_uri no ID Token can be checked, so nobody can sign in.',
  },
  P304: {
    title: 'Clock is wrong',
    advice: 'Tokens and proofs carry times. Keep this machine in time, for example with systemd-timesyncd or chrony.',
  },
  P305: { title: 'Host does not resolve', advice: 'People cannot reach a host without a DNS record. Add one.' },
  P306: {
    title: 'Certificate does not serve',
    advice: 'Browsers refuse a certificate that has ended or does not cover the host. Renew it before it ends.',
  },
  P307: {
    title: 'Posture that no device can show',
    advice: 'A device is known by its certificate. Set server.tls.client_ca to the authorities that issue them.',
  },
  P308: {
    title: 'Audit trail cannot be written or was cut',
    advice:
      'The user that runs Postern must be able to write the folder. If the trail ends too early: postern audit verify.',
  },
  P309: {
    title: 'State cannot be used',
    advice:
      'The state file must be writable for the user that runs Postern, and state.key must be the secret that it was made with.',
  },
  P310: {
    title: 'Too few open files',
    advice:
      'Every connection needs an open file, and another one to the app. Raise the limit, with systemd: LimitNOFILE=65536.',
  },
  P311: {
    title: 'Address cannot be listened on',
    advice: 'Another program has the port, or this user may not bind it. Ports under 1024 need the right to bind them.',
  },
  P312: {
    title: 'App cannot be reached',
    advice:
      'Postern could not connect to an upstream. Check address, port, certificate and firewall from this machine.',
  },
} as const satisfies Record<string, { readonly title: string; readonly advice: string }>;

export type ProblemCode = keyof typeof problemCatalogue;

/** One line of the file, safe to show: secrets in it are masked. `start` counts from 0. */
export interface CodeFrame {
  readonly text: string;
  readonly start: number;
  readonly length: number;
}

/** One thing that is wrong (`error`: nothing is loaded) or doubtful (`warning`) in a configuration. Never holds a secret. */
export interface Problem {
  readonly code: ProblemCode;
  readonly severity: 'error' | 'warning';
  readonly at: SourcePosition;
  readonly message: string;
  /** What to type next. */
  readonly help: string | undefined;
  /** `undefined` when there is no line to show: the file could not be read. */
  readonly frame: CodeFrame | undefined;
}

/** Where a value stands in the configuration: `['routes', 0, 'from']`. */
export type KeyPath = readonly (string | number)[];

/** A path as a map key. */
export function pathKey(path: KeyPath): string {
  return path.map(String).join('\u0000');
}

/** The parts of a path's map key. */
export function splitPathKey(key: string): readonly string[] {
  return key.split('\u0000');
}

/** A path as people write it: `routes[0].from`. */
export function pathText(path: KeyPath): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}
