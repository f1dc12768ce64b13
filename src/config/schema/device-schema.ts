import * as z from 'zod';
import {
  apiAddress,
  duration,
  factName,
  headerValue,
  jsonPath,
  line,
  name,
  requestHeaderName,
  secret,
} from './text-values.ts';

const factSchema = z.union([
  jsonPath,
  z.strictObject({
    path: jsonPath.describe('Where the value stands in what is listed of a device.'),
    type: z
      .enum(['text', 'number', 'boolean', 'version', 'date'])
      .optional()
      .describe(
        'What to read the value as; one that is not, is left out. version takes the first version number of a text (macOS 14.2.1). Default: as it stands.',
      ),
    equals: z
      .array(line(256, 'compliant'))
      .min(1)
      .optional()
      .describe('Makes the fact true when the value is one of these texts, and false for any other value.'),
  }),
]);

const pagingSchema = z.strictObject({
  by: z
    .enum(['page', 'cursor', 'next', 'link'])
    .describe('How the next page is asked for: by number, by a cursor, by a link in the body, or by the Link header.'),
  param: line(64, 'page').optional().describe('The query parameter of number or cursor. Default: page or cursor.'),
  path: jsonPath.optional().describe('Where the cursor or the link stands in the body. Needed for cursor and next.'),
  first: z.number().int().min(0).max(1).default(0).describe('The number of the first page.'),
  size: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(100)
    .describe(
      'How many devices a page is asked to have. By number, pages are read until one is empty: a server may give fewer.',
    ),
  size_param: line(64, 'per_page').optional().describe('The query parameter that asks for this size. Default: none.'),
});

/** Who else knows something of devices. */
export const deviceProviderSchema = z.strictObject({
  id: name.describe('The source of its facts; unique. A posture can demand it in sources.'),
  type: z
    .enum(['report', 'http'])
    .describe('report: the devices themselves, which count as self. http: a list that is read again and again.'),
  preset: z
    .enum(['fleet', 'intune', 'jamf', 'crowdstrike', 'kolide'])
    .optional()
    .describe('Where the list of a product has what: url, match, facts and paging need not be said then, but can be.'),
  url: apiAddress
    .optional()
    .describe(
      'The list, or with a preset the server. https, or http on this machine. Needed, but for intune and kolide.',
    ),
  refresh: duration(10_000, 86_400_000).prefault('5m').describe('How often the list is read.'),
  match: jsonPath
    .optional()
    .describe('Where the device id stands: what the device certificate has as common name, such as the serial number.'),
  items: jsonPath.optional().describe('Where the list stands in the body. Default: the body is the list.'),
  as_of: jsonPath
    .optional()
    .describe(
      'Where the time stands at which the provider last heard of the device: facts are as old as that. Default: the time of reading. Danger: without it facts of a machine that is switched off stay fresh.',
    ),
  facts: z.record(factName, factSchema).optional().describe('Which facts stand where.'),
  paging: pagingSchema.optional().describe('How the list is divided. Default: it comes whole.'),
  token: secret(1, `\${file:/run/secrets/fleet_token}`).optional().describe('A reference to the bearer token.'),
  oauth: z
    .strictObject({
      token_url: apiAddress.describe('Where tokens are asked for.'),
      client_id: line(256, 'postern').describe('The client that is registered for Postern.'),
      client_secret: secret(1, `\${env:INTUNE_SECRET}`).describe('A reference to the secret of that client.'),
      scope: line(512, 'https://graph.microsoft.com/.default').optional().describe('What is asked for.'),
    })
    .optional()
    .describe('Asks for a bearer token by client credentials (RFC 6749 section 4.4), in place of token.'),
  headers: z.record(requestHeaderName, headerValue).default({}).describe('Further request headers.'),
});

export const devicesSchema = z.strictObject({
  providers: z.array(deviceProviderSchema).default([]).describe('Sources of facts beside the admin API.'),
});
