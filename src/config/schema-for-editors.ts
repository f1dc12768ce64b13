import type { JsonSchemaNode } from './json-schema-node.ts';

/** A way to write a new item, as YAML editors offer it (`defaultSnippets` of yaml-language-server). */
interface Snippet {
  readonly label: string;
  readonly description: string;
  readonly body: unknown;
}

/** Where the cursor goes, one after the other, and what stands there until somebody types. */
function stop(turn: number, text: string): string {
  return `\${${turn}:${text}}`;
}

const clientSecret = `"\\\${env:OIDC_CLIENT_SECRET\\}"`;

/** Snippets by the place of the list or map that they belong to. */
const snippets: Readonly<Record<string, readonly Snippet[]>> = {
  routes: [
    {
      label: 'route',
      description: 'An app for a group of people',
      body: [
        {
          name: stop(1, 'name'),
          from: `https://${stop(1, 'name')}.corp.example`,
          to: `https://${stop(2, '10.0.0.5:8443')}`,
          allow: [{ id: stop(3, 'staff'), groups: [stop(3, 'staff')] }],
        },
      ],
    },
  ],
  'routes[].allow': [
    {
      label: 'group',
      description: 'A group of people',
      body: [{ id: stop(1, 'finance'), groups: [stop(1, 'finance')] }],
    },
    {
      label: 'group on a sound device with a fresh passkey',
      description: 'Asks for a step-up when the passkey was shown too long ago',
      body: [
        {
          id: stop(1, 'finance'),
          groups: [stop(1, 'finance')],
          device: stop(2, 'managed-laptop'),
          auth: { methods: ['passkey'], max_age: stop(3, '15m') },
        },
      ],
    },
    {
      label: 'group within hours',
      description: 'Opens at set hours only, in a zone',
      body: [
        {
          id: stop(1, 'finance'),
          groups: [stop(1, 'finance')],
          hours: {
            days: ['mon', 'tue', 'wed', 'thu', 'fri'],
            from: stop(2, '07:00'),
            to: stop(3, '20:00'),
            zone: stop(4, 'Europe/Berlin'),
          },
        },
      ],
    },
  ],
  'routes[].deny': [
    {
      label: 'group',
      description: 'Closes the route for a group, and says why',
      body: [
        {
          id: `no-${stop(1, 'contractors')}`,
          groups: [stop(1, 'contractors')],
          user_message: { en: stop(2, 'Contractors use the vendor portal instead.') },
        },
      ],
    },
  ],
  identity_providers: [
    {
      label: 'provider',
      description: 'An OpenID Connect provider',
      body: [
        {
          id: stop(1, 'corp'),
          issuer: `https://${stop(2, 'idp.corp.example')}`,
          client_id: 'postern',
          client_secret: clientSecret,
        },
      ],
    },
  ],
  postures: [
    {
      label: 'posture',
      description: 'What a device must show',
      body: { [stop(1, 'managed-laptop')]: { require: ['disk_encrypted', 'screen_lock'], max_age: '24h' } },
    },
  ],
};

/** What each choice of a key does, in the order of its `enum`. */
const choices: Readonly<Record<string, readonly string[]>> = {
  'routes[].sensitivity': [
    'Tolerates half as much risk again.',
    'The levels of risk as they are.',
    'Tolerates half the risk.',
  ],
  'routes[].disclose': ['The kind of reason alone.', 'What was missing too.'],
  'routes[].allow[].mode': [
    'The rule is not looked at.',
    'What it would have allowed is written down; it grants nothing.',
    'It grants to the part that rollout says.',
    'It grants.',
  ],
  'routes[].deny[].mode': [
    'The rule is not looked at.',
    'What it would have denied is written down; it closes nothing.',
    'It closes for the part that rollout says.',
    'It closes.',
  ],
  'risk.mode': ['The score counts.', 'The score is recorded, and is 0 for all rules.'],
  'risk.medium': [
    'Nothing happens.',
    'The person proves again that it is them.',
    'The request is refused.',
    'The request is refused and the person is signed out everywhere.',
  ],
  'risk.high': [
    'The person proves again that it is them.',
    'The request is refused.',
    'The request is refused and the person is signed out everywhere.',
  ],
  'audit.on_failure': ['Requests pass unrecorded.', 'Nothing passes: 503.'],
  'audit.facts': ['An allow names the line that holds its facts.', 'Every line is whole.'],
};

/**
 * The schema as editors use it: Markdown for hovers, snippets, and what each choice means. What it refuses, loading refuses too.
 */
export function schemaForEditors(root: JsonSchemaNode): JsonSchemaNode {
  return decorate(root, '');
}

function decorate(node: JsonSchemaNode, path: string): JsonSchemaNode {
  const { properties, items, additionalProperties, propertyNames, anyOf } = node;
  const under = (key: string) => (path === '' ? key : `${path}.${key}`);
  const enumDescriptions = node.enum === undefined ? undefined : choices[path];
  const defaultSnippets = snippets[path];
  return {
    ...node,
    ...textOf(node),
    ...(node.description === undefined ? {} : { markdownDescription: markdownOf(node.description) }),
    ...(enumDescriptions?.length === node.enum?.length && enumDescriptions !== undefined ? { enumDescriptions } : {}),
    ...(defaultSnippets === undefined ? {} : { defaultSnippets }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, child]) => [key, decorate(child, under(key))]),
          ),
        }),
    ...(items === undefined ? {} : { items: decorate(items, `${path}[]`) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: decorate(additionalProperties, under('NAME')) }
      : {}),
    ...(propertyNames === undefined ? {} : { propertyNames: decorate(propertyNames, `${path}~`) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map((option) => decorate(option, path)) }),
  };
}

function textOf({ type, title, pattern, examples }: JsonSchemaNode) {
  if (type !== 'string' || pattern === undefined) return {};
  const example = examples?.[0];
  const exampleText = example === undefined ? '' : `; for example ${String(example)}`;
  return { patternErrorMessage: `not a ${title ?? 'usable text'}${exampleText}` };
}

function markdownOf(description: string): string {
  return description.replace(/\bDanger: /g, '**Danger:** ').replace(/\bDefault: ([^.]*)\./g, '*Default:* $1.');
}
