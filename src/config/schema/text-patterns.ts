import { numberPattern } from './number-pattern.ts';

/** A JSON Schema `pattern` for texts of a number and a unit: the same bounds as their parser has, leading zeros too. */
export function quantityPattern(units: Readonly<Record<string, number>>, least: number, most: number): string {
  const choices = Object.entries(units).flatMap(([unit, worth]) => {
    const low = Math.ceil(least / worth);
    const high = Math.min(999_999_999, Math.floor(most / worth));
    return low > high ? [] : [`${numberPattern(low, high)}${unit}`];
  });
  const names = Object.keys(units).join('|');
  return `^(?=[0-9]{1,9}(?:${names})$)0*(?:${choices.join('|')})$`;
}

const byte = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const ipv4 = `(?:${byte}\\.){3}${byte}`;
const group = '[0-9A-Fa-f]{1,4}';
/** RFC 4291 §2.2, all places of `::`. */
const ipv6 = `(?:${[
  `(?:${group}:){7}(?:${group}|:)`,
  `(?:${group}:){6}(?:${ipv4}|:${group}|:)`,
  `(?:${group}:){5}(?::${ipv4}|(?::${group}){1,2}|:)`,
  `(?:${group}:){4}(?:(?::${group}){0,1}:${ipv4}|(?::${group}){1,3}|:)`,
  `(?:${group}:){3}(?:(?::${group}){0,2}:${ipv4}|(?::${group}){1,4}|:)`,
  `(?:${group}:){2}(?:(?::${group}){0,3}:${ipv4}|(?::${group}){1,5}|:)`,
  `(?:${group}:){1}(?:(?::${group}){0,4}:${ipv4}|(?::${group}){1,6}|:)`,
  `:(?:(?::${group}){0,5}:${ipv4}|(?::${group}){1,7}|:)`,
].join('|')})`;

const letter = 'A-Za-z0-9_\\u0080-\\uffff';
const label = `[${letter}](?:[${letter}-]{0,61}[${letter}])?`;
/** Names beyond ASCII are taken; a last label of digits alone would make an address of it. */
const dnsName = `(?=[^/:@]{1,254}(?:[/:@]|$))(?!(?:[^/:@]*\\.)?[0-9]+\\.?(?:[/:]|$))(?:${label}\\.)*${label}`;
const mailAddress = `[!#$%&'+/=?^_\`{|}~0-9A-Za-z.-]{1,64}@${dnsName}\\.?`;
const port = `(?::0*(?:${numberPattern(1, 65_535)}))?`;
const webHost = `(?:${ipv4}|\\[${ipv6}\\]|${dnsName})`;
const thisMachine = '(?:(?:[A-Za-z0-9_-]+\\.)*[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|127(?:\\.[0-9]{1,3}){3}|\\[::1\\])';
const https = '[Hh][Tt][Tt][Pp][Ss]://';
const http = '[Hh][Tt][Tt][Pp]://';
const webLink = `(?:${https}|${http})${webHost}${port}(?:[/?#][^\\s\\\\]*)?`;

// What a path may hold as it is, and which bytes stay encoded in canonical form.
const plain = "A-Za-z0-9._~!$&'()+,;=:@-";
const encoded = '%(?:2[0-46-9A-C]|3[A-F]|40|5[BDE]|60|7[B-D]|25(?!2[EeFf]|5[Cc]|25)|[89A-F][0-9A-F])';
const notDots = '(?!\\.{1,2}(?:;[^/]*)?(?:/|$))';
const segment = `${notDots}(?:[*${plain}]|${encoded})+`;
const globSegment = `(?:\\*\\*(?=/|$)|${notDots}(?![^/]*\\*\\*)(?:[*${plain}]|${encoded})+)`;
/** `/**` is how every path is written; another spelling of it is refused. */
const notEveryPath = '(?!/\\*\\*/\\*$)';
const pathOf = (one: string) => `^(?=.{1,2048}$)${notEveryPath}/(?:${one}(?:/${one})*/?)?$`;

/** What a text of the configuration looks like, for editors: each accepts what its parser accepts, as far as a pattern can tell. */
export const textPatterns = {
  listenAddress: `^(?:${ipv4}|[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|\\[${ipv6}\\]):(?=[0-9]{1,5}$)0*(?:${numberPattern(0, 65_535)})$`,
  network: `^(?:${ipv4}(?:/(?=[0-9]{1,3}$)0*(?:${numberPattern(0, 32)}))?|${ipv6}(?:/(?=[0-9]{1,3}$)0*(?:${numberPattern(0, 128)}))?)$`,
  address: `^(?:${ipv4}|${ipv6})$`,
  instant:
    '^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\\.[0-9]{1,3})?)?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$',
  hostName: `^${dnsName}\\.?$`,
  sentHost: `^${dnsName}\\.?${port}$`,
  email: `^${mailAddress}$`,
  routeOrigin: `^${https}${webHost}${port}$`,
  upstream: `^(?:next|(?:${https}|${http})${webHost}${port}/?)$`,
  issuer: `^(?:${https}${webHost}|${http}${thisMachine})${port}(?:/[^\\s\\\\?#@]*)?$`,
  corsOrigin: `^(?:\\*|(?:${https}${webHost}|${http}${thisMachine})${port})$`,
  link: `^${webLink}$`,
  contact: `^(?:${webLink}|(?:[Mm][Aa][Ii][Ll][Tt][Oo]:)?${mailAddress})$`,
  colour: '^#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$',
  canonicalPath: pathOf(segment),
  pathGlob: pathOf(globSegment),
  pathExpression: '^\\^.{0,510}\\$$',
  expression: '^(?=[^]*\\S)[^]{1,1000}$',
  body: '^[\\t\\n\\r -~\\u00a0-\\uffff]{1,65536}$',
  authorizationParameter: '^[A-Za-z][A-Za-z0-9_.-]{0,63}$',
  timeOfDay: '^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$',
  zone: '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$',
  credentialHash: '^sha256:(?:[0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?)$',
  method: '^(?!(?:ALL|ANY)$)[A-Z][A-Z-]{0,31}$',
  requestHeaderName: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$",
  headerValue: '^(?:[!-~](?:[ -~]{0,4094}[!-~])?)?$',
  requirement: '^\\s*[a-z][a-z0-9_]{0,63}(?:\\s*(?:>=|<=|==|!=|>|<)\\s*[^\\s=<>!].{0,127})?\\s*$',
  name: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
  filePath: '^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$',
  line: (maxLength: number) => `^(?=.*\\S)[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]{1,${maxLength}}$`,
} as const;

/** A whole value that stands elsewhere; a secret must be one. */
export const referencePattern = '^\\$\\{(?:env|file):[^}]+\\}$';
