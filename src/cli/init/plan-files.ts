import { jsonSchemaText } from '../../config/json-schema.ts';
import { type Answers, appHostOf, authHostOf } from './answers.ts';
import { configurationText } from './configuration-text.ts';
import { makeDevelopmentCertificate } from './development-certificate.ts';
import { places } from './places.ts';
import type { Plan } from './write-together.ts';

/** The hosts that the first certificate must cover, and those of apps to come. */
export function hostsOf(answers: Pick<Answers, 'domain' | 'app'>): readonly string[] {
  const hosts = [authHostOf(answers), appHostOf(answers)];
  // No browser takes a wildcard right under a top-level domain.
  return answers.domain.includes('.') ? [...hosts, `*.${answers.domain}`] : hosts;
}

/** All that init writes. `randomBytes` makes the secrets. */
export function planFiles(answers: Answers, nowMs: number, randomBytes: (size: number) => Buffer): Plan {
  const newSecret = () => `${randomBytes(32).toString('base64')}\n`;
  const made = answers.certificate === undefined ? makeDevelopmentCertificate(hostsOf(answers), nowMs) : undefined;
  const secret = 0o400;
  const open = 0o644;
  return {
    folders: [places.secrets, places.data, ...(made === undefined ? [] : [places.certificates])],
    files: [
      { path: places.adminToken, text: newSecret(), mode: secret },
      { path: places.stateKey, text: newSecret(), mode: secret },
      { path: places.clientSecret, text: `${answers.clientSecret}\n`, mode: secret },
      ...(made === undefined
        ? []
        : [
            { path: places.key, text: made.key, mode: secret },
            { path: places.certificate, text: made.certificate, mode: open },
            { path: places.authority, text: made.authority, mode: open },
          ]),
      { path: places.schema, text: jsonSchemaText(), mode: open },
      { path: places.configuration, text: configurationText(answers), mode: open },
    ],
    ignored: [`${places.secrets}/`, `${places.data}/`, '*.key'],
  };
}
