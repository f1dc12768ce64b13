import * as z from 'zod';
import { brandingSchema } from './branding-schema.ts';
import { devicesSchema } from './device-schema.ts';
import { identityProviderSchema, postureSchema } from './identity-schema.ts';
import { riskSchema } from './risk-schema.ts';
import { routeSchema } from './route-schema.ts';
import { segmentSchema } from './segment-schema.ts';
import { adminSchema, auditSchema, serverSchema, sessionSchema, stateSchema } from './server-schema.ts';
import { serviceSchema } from './service-schema.ts';
import { testSchema } from './test-schema.ts';
import { email, name, network } from './text-values.ts';

/**
 * Every key that this version knows. Types, the JSON Schema, docs/configuration.md and "did you mean" come from here.
 * Unknown keys are refused everywhere: a typing mistake must never switch off a rule.
 */
export const configurationSchema = z.strictObject({
  version: z.literal(1).describe('The version of this format: 1.'),
  server: serverSchema.describe('Listeners, TLS and limits.'),
  admin: adminSchema
    .optional()
    .describe('The admin listener. Default: none, so no metrics, health checks and admin API.'),
  state: stateSchema.describe('Where sessions are kept.'),
  session: sessionSchema.prefault({}).describe('How long a sign-in lasts.'),
  identity_providers: z
    .array(identityProviderSchema)
    .default([])
    .describe('OpenID Connect providers. At least one is needed unless every route is public.'),
  break_glass: z
    .array(email)
    .default([])
    .describe(
      'Addresses of the people who must keep what they can reach: a reload that would take it from them is refused. Grants nothing, and exempts from no rule, lock, device or risk.',
    ),
  branding: brandingSchema.prefault({}).describe('Name, logo, colour and help of the company, on every page.'),
  devices: devicesSchema.prefault({}).describe('Where facts about devices come from.'),
  postures: z.record(name, postureSchema).default({}).describe('What a device must show, by name.'),
  risk: riskSchema.prefault({}).describe('What makes a session doubtful, and what that does.'),
  segments: z
    .record(name, segmentSchema)
    .default({})
    .describe('Parts of the network: what their routes ask of everyone, and where they lead.'),
  routes: z.array(routeSchema).min(1).describe('The apps.'),
  networks: z.record(name, z.array(network).min(1)).default({}).describe('Named networks for rules.'),
  services: z
    .array(serviceSchema)
    .default([])
    .describe('Machines that ask by themselves, with a bearer token or a client certificate.'),
  audit: auditSchema.prefault({}).describe('The audit trail.'),
  tests: z
    .array(testSchema)
    .default([])
    .describe(
      'What must hold: run by validate, by test and before each reload. One that fails keeps a reload from happening.',
    ),
});

/** As written: before texts are parsed. */
export type ConfigurationInput = z.input<typeof configurationSchema>;
/** As parsed: durations in ms, sizes in bytes, URLs and networks as values. */
export type Configuration = z.output<typeof configurationSchema>;

type DraftOf<Value> = Value extends readonly (infer Item)[]
  ? readonly (DraftOf<Item> | undefined)[]
  : Value extends object
    ? { readonly [Key in keyof Value]?: DraftOf<Exclude<Value[Key], undefined>> | undefined }
    : Value;

/** What is left when everything that has a problem is taken out: checks between keys look at this, so that all problems show at once. */
export type ConfigurationDraft = DraftOf<ConfigurationInput>;
export type RouteDraft = DraftOf<ConfigurationInput['routes'][number]>;
export type ProviderDraft = DraftOf<z.input<typeof identityProviderSchema>>;
export type GrantDraft = DraftOf<NonNullable<ConfigurationInput['routes'][number]['allow']>[number]>;
export type SegmentDraft = DraftOf<z.input<typeof segmentSchema>>;
