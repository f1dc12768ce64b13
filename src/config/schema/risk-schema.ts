import * as z from 'zod';
import { duration, filePath } from './text-values.ts';

/** How much each signal adds and how fast it fades, where the file says nothing, and what it is about. */
const signalDefaults = {
  new_network: [15, '12h', 'The network (IPv4 /24, IPv6 /48) is new to the session, or to the person.'],
  new_asn: [20, '12h', 'The network operator (ASN) is new to the session, or to the person. Needs mmdb_files.'],
  new_country: [40, '24h', 'The country is new to the session, or to the person. Needs mmdb_files.'],
  user_agent_changed: [40, '12h', "The session's browser changed."],
  client_hints_changed: [30, '12h', 'The platform that the browser names (client hints) changed within the session.'],
  device_changed: [40, '12h', 'The device certificate changed within the session.'],
  new_device: [15, '24h', 'The person uses this device for the first time.'],
  new_app: [10, '1h', 'The person uses this app for the first time.'],
  unusual_hour: [10, '1h', 'The person is not usually here at this hour of the week.'],
  denials: [20, '1h', 'The session was denied documents many times.'],
  failed_factors: [30, '1h', 'Step-ups of the session failed again and again.'],
  request_rate: [25, '1h', 'The session asks far more often than is its habit.'],
  request_breadth: [25, '1h', 'The session asks for far more different paths than is its habit.'],
  foreign_host: [60, '24h', 'A credential of the session was shown at another host than its own.'],
  disowned_session: [50, '24h', 'The person said of another session of theirs that it was not they.'],
  blocked_address: [60, '1h', 'The address is on one of block_list_files.'],
} as const satisfies Record<string, readonly [weight: number, halfLife: string, description: string]>;

const mode = z.enum(['enforce', 'report_only']).default('enforce');

const reported = 'report_only: its points are recorded and never count.';

function weight(points: number) {
  return z.number().min(0).max(100).default(points).describe('Points that it adds; 0 switches it off.');
}

function signalShape([points, halfLife]: readonly [points: number, halfLife: string, description: string]) {
  return {
    weight: weight(points),
    half_life: duration(60_000)
      .prefault(halfLife)
      .describe('The time in which half of the points fade, once its condition has ended.'),
    mode: mode.describe(reported),
  };
}

function signal(name: keyof typeof signalDefaults) {
  return z.strictObject(signalShape(signalDefaults[name])).prefault({}).describe(signalDefaults[name][2]);
}

const travel = [60, '24h', ''] as const;
const score = z.number().min(1).max(100);

export const riskSchema = z.strictObject({
  mode: mode.describe(
    'report_only: the score of every session is 0 for all rules, and what it would have been is recorded.',
  ),
  levels: z
    .strictObject({
      medium: score.default(40).describe('The score from which risk is medium.'),
      high: score.default(70).describe('The score from which risk is high.'),
    })
    .prefault({})
    .describe("Scores go from 0 to 100. A route's sensitivity scales both."),
  signals: z
    .strictObject({
      new_network: signal('new_network'),
      new_asn: signal('new_asn'),
      new_country: signal('new_country'),
      impossible_travel: z
        .strictObject({
          ...signalShape(travel),
          max_speed: z
            .number()
            .min(100)
            .max(100_000)
            .default(1000)
            .describe('The fastest that a person travels, in km/h. An airliner makes 900.'),
        })
        .prefault({})
        .describe('Two places that nobody can have been at within that time. Needs mmdb_files with coordinates.'),
      user_agent_changed: signal('user_agent_changed'),
      client_hints_changed: signal('client_hints_changed'),
      device_changed: signal('device_changed'),
      new_device: signal('new_device'),
      new_app: signal('new_app'),
      unusual_hour: signal('unusual_hour'),
      denials: signal('denials'),
      failed_factors: signal('failed_factors'),
      request_rate: signal('request_rate'),
      request_breadth: signal('request_breadth'),
      foreign_host: signal('foreign_host'),
      disowned_session: signal('disowned_session'),
      blocked_address: signal('blocked_address'),
      outside_score: z
        .strictObject({ weight: weight(100), mode: mode.describe(reported) })
        .prefault({})
        .describe('The score that another system set for the person over the admin API; weight 100 takes it as it is.'),
    })
    .prefault({})
    .describe('What raises the score. docs/risk.md has the formula.'),
  medium: z
    .enum(['allow', 'step_up', 'deny', 'end_session', 'lock'])
    .default('step_up')
    .describe('What medium risk does where a grant has no risk limit of its own.'),
  high: z
    .enum(['step_up', 'deny', 'end_session', 'lock'])
    .default('end_session')
    .describe(
      'What high risk does where a grant has no risk limit of its own. end_session denies and signs the person out everywhere; lock also keeps them from signing in again, until `postern unlock` or for lock_for.',
    ),
  lock_for: duration(1_000, 366 * 86_400_000)
    .optional()
    .describe('How long `lock` holds. Without it an administrator has to lift it.'),
  mmdb_files: z
    .array(filePath('data/GeoLite2-City.mmdb'))
    .max(8)
    .default([])
    .describe(
      'Databases in the MaxMind format that say where an address is: country, coordinates, ASN. What the first one says of a thing counts. Read again when they change.',
    ),
  block_list_files: z
    .array(filePath('config/blocked.txt'))
    .max(32)
    .default([])
    .describe('Lists of addresses and networks, one a line; # begins a comment. Read again when they change.'),
});
