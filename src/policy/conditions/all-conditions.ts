import type * as z from 'zod';
import { auth } from './auth.ts';
import { claims } from './claims.ts';
import type { ConditionDescriptor } from './condition-descriptor.ts';
import type { ConditionWords } from './condition-words.ts';
import { device, deviceFails } from './device.ts';
import { domains } from './domains.ts';
import { emails } from './emails.ts';
import { groups } from './groups.ts';
import { hours } from './hours.ts';
import { methods } from './methods.ts';
import { networks } from './networks.ts';
import { paths } from './paths.ts';
import { provider } from './provider.ts';
import { riskAbove, riskBelow } from './risk.ts';
import { services } from './services.ts';
import { when } from './when.ts';

/** The keys that every rule can have, by the name that a compiled rule has for each, in the order in which they are told. */
const conditionsOfRules = {
  provider,
  groups,
  emails,
  domains,
  services,
  methods,
  paths,
  networks,
  claims,
  hours,
  when,
};

/** The keys of grants, and of what segments require. */
export const conditionsOfGrants = { ...conditionsOfRules, device, auth, risk: riskBelow };

/** The keys of denials. Where two of them say why the route is closed, the first one does. */
export const conditionsOfDenials = { ...conditionsOfRules, deviceFails, risk: riskAbove };

type ValuesOf<All> = {
  readonly [Property in keyof All]?:
    | (All[Property] extends ConditionDescriptor<string, z.ZodType, infer Value> ? Value : never)
    | undefined;
};

/** What the keys of a grant are compiled to; absent: the grant does not have the key. */
export type GrantValues = ValuesOf<typeof conditionsOfGrants>;
/** The same for a denial. */
export type DenialValues = ValuesOf<typeof conditionsOfDenials>;

/** A key that a grant can have. */
export type GrantKey = (typeof conditionsOfGrants)[keyof typeof conditionsOfGrants]['key'];

type ShapeOf<All extends Readonly<Record<string, { readonly key: string }>>> = {
  [Property in keyof All as All[Property]['key']]: All[Property] extends {
    schema(words: ConditionWords): infer Schema extends z.ZodType;
  }
    ? z.ZodOptional<Schema>
    : never;
};

/** The keys as a schema has them. */
export type GrantShape = ShapeOf<typeof conditionsOfGrants>;
export type DenialShape = ShapeOf<typeof conditionsOfDenials>;
