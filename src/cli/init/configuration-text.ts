import { type Allowed, type Answers, appHostOf, authHostOf, originOf } from './answers.ts';
import { places } from './places.ts';
import { providerPresets } from './provider-presets.ts';

/** A first configuration, with comments for who reads it for the first time, and tests that pass. */
export function configurationText(answers: Answers): string {
  return [...aboutServer(answers), ...aboutProvider(answers), ...aboutApp(answers), ...testsOf(answers), ''].join('\n');
}

function aboutServer(answers: Answers): readonly string[] {
  const { publicPort, listenPort, certificate } = answers;
  const host = answers.domain === 'localhost' ? '127.0.0.1' : '0.0.0.0';
  return [
    `# yaml-language-server: $schema=./${places.schema}`,
    '#',
    '# Made by postern init. What each key means: docs/configuration.md. After a change: postern validate, postern reload.',
    'version: 1',
    '',
    'server:',
    '  listeners:',
    `    - address: "${host}:${listenPort}" # where Postern listens, with TLS`,
    ...(publicPort === listenPort
      ? []
      : [`      public_port: ${publicPort} # what people type: something in front sends it on to ${listenPort}`]),
    `  auth_host: ${authHostOf(answers)} # sign-in, portal, device page; no app may have it`,
    '  tls:',
    ...(certificate === undefined
      ? ['    # For development: browsers warn of it. Put yours into these files, the leaf first, then its chain.']
      : []),
    `    certificate: ${scalar(certificate?.certificate ?? places.certificate)}`,
    `    key: ${scalar(certificate?.key ?? places.key)}`,
    '',
    '# Metrics, health and the admin API. Never on the public listener.',
    'admin:',
    `  listen: 127.0.0.1:${answers.adminPort}`,
    `  token: ${fromFile(places.adminToken)}`,
    '',
    '# Sessions live in one SQLite file; its records are encrypted with this key.',
    'state:',
    `  path: ${places.data}/postern.db`,
    `  key: ${fromFile(places.stateKey)}`,
    '',
    'audit:',
    `  path: ${places.data}/audit`,
    '',
  ];
}

function aboutProvider({ provider, issuer, clientId, breakGlass }: Answers): readonly string[] {
  const preset = providerPresets[provider];
  return [
    'identity_providers:',
    `  - id: ${provider === 'other' ? 'corp' : provider}`,
    `    title: ${preset.title}`,
    `    issuer: ${scalar(issuer)}`,
    `    client_id: ${scalar(clientId)}`,
    `    client_secret: ${fromFile(places.clientSecret)}`,
    ...preset.lines.map((line) => `    ${line}`),
    '',
    ...(preset.stepsUp
      ? []
      : [
          `# ${preset.title} cannot be asked for a second factor, so medium risk asks for none. High risk ends the session.`,
          'risk:',
          '  medium: allow',
          '',
        ]),
    '# Who must keep what they can open: a reload that would lock them out is refused. It grants nothing.',
    `break_glass: ${list(breakGlass)}`,
    '',
  ];
}

function aboutApp(answers: Answers): readonly string[] {
  const { app, upstream, allowed } = answers;
  return [
    'routes:',
    `  - name: ${scalar(app)}`,
    `    title: ${scalar(app.charAt(0).toUpperCase() + app.slice(1))}`,
    `    from: ${originOf(appHostOf(answers), answers)}`,
    `    to: ${scalar(upstream.origin)}`,
    ...(upstream.protocol === 'http:'
      ? ['    allow_plaintext_upstream: true # must be said for http://; use https unless the app is on this machine']
      : []),
    '    pass_identity_headers: true # tells the app who it is: docs/apps.md',
    '    allow:',
    ...grantsOf(allowed).map((grant) => `      - ${grant}`),
    '',
  ];
}

function grantsOf({ groups, domains, emails }: Allowed): readonly string[] {
  const kinds = [
    ['groups', groups],
    ['domains', domains],
    ['emails', emails],
  ] as const;
  const grants = kinds.flatMap(([key, values]) =>
    values.length === 0 ? [] : [`{ id: by-${key}, ${key}: ${list(values)} }`],
  );
  return grants.length === 0 ? ['id: everyone # who can sign in'] : grants;
}

/** One that opens the app for each kind of grant, and one for somebody whom none of them fits. */
function testsOf({ app, allowed: { groups, domains, emails } }: Answers): readonly string[] {
  const test = (name: string, given: string, expected: string) => [
    `  - name: ${scalar(name)}`,
    `    given: { ${given}, risk: 0 }`,
    `    ${expected}`,
  ];
  const accepted = `accept: [${scalar(app)}]`;
  const [group] = groups;
  const [domain] = domains;
  const [email] = emails;
  const heading = [
    '# What must hold, whatever is changed. postern test runs them, and so does each reload: docs/testing.md',
    'tests:',
  ];
  if (group === undefined && domain === undefined && email === undefined)
    return [...heading, ...test(`everyone opens ${app}`, 'user: anybody@example.com, groups: []', accepted)];
  const inNoGroup = groups.length === 0 ? '' : ', groups: []';
  return [
    ...heading,
    ...(group === undefined ? [] : test(`${group} opens ${app}`, `groups: [${scalar(group)}]`, accepted)),
    ...(domain === undefined
      ? []
      : test(`somebody of ${domain} opens ${app}`, `user: ${scalar(`somebody@${domain}`)}${inNoGroup}`, accepted)),
    ...(email === undefined ? [] : test(`${email} opens ${app}`, `user: ${scalar(email)}${inNoGroup}`, accepted)),
    ...test(
      `nobody else opens ${app}`,
      `user: ${stranger}${inNoGroup}`,
      `deny: { ${scalar(app)}: ${domain === undefined && email === undefined ? 'not_in_required_group' : 'wrong_account'} }`,
    ),
  ];
}

/** Nobody has an address there (RFC 6761). */
const stranger = 'stranger@outside.invalid';

function fromFile(path: string): string {
  return `"\${file:${path}}"`;
}

function list(values: readonly string[]): string {
  return `[${values.map(scalar).join(', ')}]`;
}

/** A text as it stands in a list or after a key: plain where that is surely a text. A JSON text is a YAML one. */
function scalar(text: string): string {
  const isPlain = /^[A-Za-z](?:[\w ./@-]*\w)?$/.test(text) || /^https?:\/\/[\w./:-]*\w$/.test(text);
  return isPlain && !/^(?:true|false|yes|no|on|off|y|n|null)$/i.test(text) ? text : JSON.stringify(text);
}
