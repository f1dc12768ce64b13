import * as z from 'zod';
import { parseAuthorizationParameter } from '../values/authorization-parameter.ts';
import { parseColour } from '../values/branding.ts';
import { parseByteSize } from '../values/byte-size.ts';
import { parseCanonicalPath, parsePathGlob } from '../values/canonical-path.ts';
import { parseCredentialHash } from '../values/credential-hash.ts';
import { parseDuration } from '../values/duration.ts';
import { parseExpression } from '../values/expression.ts';
import {
  parseHeaderValue,
  parseIdentityHeaderName,
  parseMethod,
  parseRequestHeaderName,
  parseResponseHeaderName,
  parseResponseHeaderValue,
} from '../values/header.ts';
import { parseDomain, parseEmail, parseHostName, parseName, parseSentHost } from '../values/identity.ts';
import { jsonPathPattern, readJsonPath } from '../values/json-path.ts';
import { parseListenAddress } from '../values/listen-address.ts';
import { parseNetwork } from '../values/network.ts';
import { parseTimeOfDay, parseZone } from '../values/opening-hours.ts';
import { accept, type Parsed, type Refusal, refuse } from '../values/parsed.ts';
import { parsePathExpression } from '../values/path-expression.ts';
import { parseRequirement } from '../values/requirement.ts';
import {
  parseApiAddress,
  parseContact,
  parseCorsOrigin,
  parseIssuer,
  parseLink,
  parseRouteOrigin,
  parseUpstream,
} from '../values/web-address.ts';
import { quantityPattern, referencePattern, textPatterns } from './text-patterns.ts';

/** What editors are told about a text beside its type. `title` names the kind of value in messages: "is not a duration". */
interface TextMeta {
  readonly title: string;
  readonly examples: readonly string[];
  readonly pattern: string;
}

/** The texts that may be references, by what becomes of the value: all others refuse them, since they are shown somewhere. */
export const takesReference = z.registry<{ readonly use: 'secret' | 'header' }>();

/** A text that is parsed once, here; what comes out is the value, what editors see is the text. */
function textAs<Value>(parse: (text: string) => Parsed<Value>, meta: TextMeta) {
  return z
    .string()
    .transform((text, context): Value => {
      const result = parse(text);
      if (result.ok) return result.value;
      context.issues.push({ code: 'custom', input: text, params: { refusal: result } });
      return z.NEVER;
    })
    .meta({ ...meta, examples: [...meta.examples] });
}

/** The refusal that a value's parser left in an issue. */
export function refusalOf(params: Readonly<Record<string, unknown>> | undefined): Refusal | undefined {
  return params?.refusal as Refusal | undefined;
}

const minute = 60_000;
const day = 86_400_000;

/** A duration; comes out in milliseconds. */
export function duration(minMs = 1_000, maxMs = 3_650 * day) {
  return textAs((text) => parseDuration(text, minMs, maxMs), {
    title: 'duration',
    examples: [minMs >= day ? '90d' : minMs >= minute ? '24h' : '30s'],
    pattern: quantityPattern({ s: 1_000, m: minute, h: 60 * minute, d: day }, minMs, maxMs),
  });
}

/** A size; comes out in bytes. */
export function byteSize(minBytes: number, maxBytes: number) {
  return textAs((text) => parseByteSize(text, minBytes, maxBytes), {
    title: 'size',
    examples: ['16KiB'],
    pattern: quantityPattern({ B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 }, minBytes, maxBytes),
  });
}

export const listenAddress = textAs(parseListenAddress, {
  title: 'address to listen on',
  examples: ['127.0.0.1:9443'],
  pattern: textPatterns.listenAddress,
});
export const network = textAs(parseNetwork, {
  title: 'network',
  examples: ['203.0.113.0/24'],
  pattern: textPatterns.network,
});
export const routeOrigin = textAs(parseRouteOrigin, {
  title: 'origin',
  examples: ['https://app.corp.example'],
  pattern: textPatterns.routeOrigin,
});
export const upstream = textAs(parseUpstream, {
  title: 'upstream',
  examples: ['https://10.20.0.5:8443'],
  pattern: textPatterns.upstream,
});
export const issuer = textAs(parseIssuer, {
  title: 'issuer',
  examples: ['https://idp.corp.example'],
  pattern: textPatterns.issuer,
});
/** The address of an API that is asked; comes out as its text. */
export const apiAddress = textAs(parseApiAddress, {
  title: 'address of an API',
  examples: ['https://fleet.corp.example'],
  pattern: textPatterns.issuer,
});
/** A path through nested objects; comes out as its text. */
export const jsonPath = textAs(readJsonPath, {
  title: 'path in JSON',
  examples: ['hardware.serialNumber'],
  pattern: jsonPathPattern,
});
/** The name of a fact, as postures write it. */
export const factName = textAs(
  (text) =>
    /^[a-z][a-z0-9_]{0,63}$/.test(text)
      ? accept(text)
      : refuse('P019', 'is not the name of a fact', 'use a-z, 0-9 and _, beginning with a letter, at most 64'),
  { title: 'name of a fact', examples: ['disk_encrypted'], pattern: '^[a-z][a-z0-9_]{0,63}$' },
);
export const corsOrigin = textAs(parseCorsOrigin, {
  title: 'origin',
  examples: ['https://portal.corp.example'],
  pattern: textPatterns.corsOrigin,
});
export const link = textAs(parseLink, {
  title: 'link',
  examples: ['https://help.corp.example/filevault'],
  pattern: textPatterns.link,
});
/** Where people find help; comes out as a link or an address. */
export const contact = textAs(parseContact, {
  title: 'link or e-mail address',
  examples: ['https://help.corp.example', 'it@corp.example'],
  pattern: textPatterns.contact,
});
/** A colour; comes out as `#rrggbb`. */
export const colour = textAs(parseColour, { title: 'colour', examples: ['#0550ae'], pattern: textPatterns.colour });
export const canonicalPath = textAs(parseCanonicalPath, {
  title: 'path',
  examples: ['/reports'],
  pattern: textPatterns.canonicalPath,
});
export const pathGlob = textAs(parsePathGlob, {
  title: 'path pattern',
  examples: ['/reports/**'],
  pattern: textPatterns.pathGlob,
});
/** A regular expression over whole paths; comes out as its text. */
export const pathExpression = textAs(parsePathExpression, {
  title: 'regular expression',
  examples: ['^/invoices/[0-9]+$'],
  pattern: textPatterns.pathExpression,
});
/** A condition in CEL; comes out as its text. */
export const expression = textAs(parseExpression, {
  title: 'condition',
  examples: ['claims.department == "payroll"'],
  pattern: textPatterns.expression,
});
/** A time of day; comes out in minutes since midnight. */
export const timeOfDay = textAs(parseTimeOfDay, {
  title: 'time of day',
  examples: ['07:00'],
  pattern: textPatterns.timeOfDay,
});
export const zone = textAs(parseZone, {
  title: 'time zone',
  examples: ['Europe/Berlin'],
  pattern: textPatterns.zone,
});
/** The hash of a credential; comes out as lower-case hex. */
export const credentialHash = textAs(parseCredentialHash, {
  title: 'SHA-256',
  examples: [`sha256:${'9f2c'.repeat(16)}`],
  pattern: textPatterns.credentialHash,
});
export const method = textAs(parseMethod, { title: 'method', examples: ['GET'], pattern: textPatterns.method });
export const requestHeaderName = textAs(parseRequestHeaderName, {
  title: 'header name',
  examples: ['X-Env'],
  pattern: textPatterns.requestHeaderName,
});
export const identityHeaderName = textAs(parseIdentityHeaderName, {
  title: 'header name',
  examples: ['X-Auth-Request-User'],
  pattern: textPatterns.requestHeaderName,
});
/** May be a reference: what it stands for is sent to the app, and shown nowhere. */
export const headerValue = textAs(parseHeaderValue, {
  title: 'header value',
  examples: ['prod'],
  pattern: textPatterns.headerValue,
}).register(takesReference, { use: 'header' });
export const authorizationParameter = textAs(parseAuthorizationParameter, {
  title: 'parameter',
  examples: ['access_type'],
  pattern: textPatterns.authorizationParameter,
});
export const sentHost = textAs(parseSentHost, {
  title: 'host',
  examples: ['client', 'upstream', 'app.internal'],
  pattern: textPatterns.sentHost,
});
export const responseHeaderName = textAs(parseResponseHeaderName, {
  title: 'header name',
  examples: ['X-Frame-Options'],
  pattern: textPatterns.requestHeaderName,
});
export const responseHeaderValue = textAs(parseResponseHeaderValue, {
  title: 'header value',
  examples: ['DENY'],
  pattern: textPatterns.headerValue,
});
export const requirement = textAs(parseRequirement, {
  title: 'requirement',
  examples: ['disk_encrypted', 'os_version >= 14.0'],
  pattern: textPatterns.requirement,
});

/** One IP address, for a request that nobody has made. */
export const address = textAs(
  (text) => {
    const result = text.includes('/') ? undefined : parseNetwork(text);
    return result?.ok === true
      ? accept(result.value[0].toString())
      : refuse('P016', 'is not an address', 'write one address, for example 203.0.113.7');
  },
  { title: 'address', examples: ['203.0.113.7'], pattern: textPatterns.address },
);

/** A point in time; comes out in epoch milliseconds. The zone must be said: the same test must not change with the machine. */
export const instant = textAs(
  (text) => {
    const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : NaN;
    return Number.isNaN(ms)
      ? refuse('P019', 'is not a time with a zone', 'write it like 2026-01-05T10:00:00+01:00')
      : accept(ms);
  },
  { title: 'time', examples: ['2026-01-05T10:00:00+01:00'], pattern: textPatterns.instant },
);

export const hostName = textAs(parseHostName, {
  title: 'host name',
  examples: ['auth.corp.example'],
  pattern: textPatterns.hostName,
});
export const domain = textAs(parseDomain, {
  title: 'domain',
  examples: ['corp.example'],
  pattern: textPatterns.hostName,
});
export const email = textAs(parseEmail, {
  title: 'e-mail address',
  examples: ['ada@corp.example'],
  pattern: textPatterns.email,
});

/** A language, as the keys of texts name it (BCP 47). */
export const languageTag = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/);

/** A name that records and metrics refer to. */
export const name = textAs(parseName, { title: 'name', examples: ['payroll'], pattern: textPatterns.name });

/** Words for people or for a protocol: one line, not empty. */
export function line(maxLength: number, example: string) {
  return textAs(
    (text) => {
      if (text.trim() === '') return refuse('P019', 'is empty', 'write something, or remove the key');
      if (/[\p{Cc}\u2028\u2029]/u.test(text))
        return refuse('P019', 'has line breaks or control characters', 'write one line');
      if (text.length > maxLength) return refuse('P019', 'is too long', `at most ${maxLength} characters`);
      return accept(text);
    },
    { title: 'text', examples: [example], pattern: textPatterns.line(maxLength) },
  );
}

const longestBody = 65_536;

/** What an answer says: several lines, as they are written. */
export function answerBody(example: string) {
  return textAs(
    (text) => {
      if (text === '') return refuse('P019', 'is empty', 'write something, or remove the key');
      if (text.length > longestBody) return refuse('P019', 'is too long', `at most ${longestBody} characters`);
      const isText = /^[\t\n\r -~\u00a0-\uffff]*$/.test(text);
      return isText ? accept(text) : refuse('P019', 'has control characters', 'write text');
    },
    { title: 'text', examples: [example], pattern: textPatterns.body },
  );
}

/** Words for people: one text for everybody, or one for each language. */
export function localText(maxLength: number, example: string) {
  const text = line(maxLength, example);
  return z.union([text, z.record(languageTag, text)]);
}

/** A path in the file system; relative ones begin at the configuration file's folder. */
export function filePath(example: string) {
  return textAs(
    (text) =>
      text.trim() === '' || text.includes('\u0000')
        ? refuse('P019', 'is not a path', 'write the path of a file')
        : accept(text),
    { title: 'path of a file', examples: [example], pattern: textPatterns.filePath },
  );
}

/** A secret. That it came from outside the file is checked where references are resolved. */
export function secret(minBytes: number, example: string) {
  return textAs(
    (text) => {
      const bytes = Buffer.byteLength(text);
      if (bytes >= minBytes) return accept(text);
      return refuse(
        'P032',
        `is too short: ${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`,
        `use ${minBytes} bytes or more, for example from: openssl rand -base64 32`,
      );
    },
    { title: 'secret', examples: [example], pattern: referencePattern },
  ).register(takesReference, { use: 'secret' });
}
