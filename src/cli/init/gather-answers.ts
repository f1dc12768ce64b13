import { resolve } from 'node:path';
import type { Parsed } from '../../config/values/parsed.ts';
import { parseIssuer } from '../../config/values/web-address.ts';
import type { Interview } from '../ask-person.ts';
import {
  type Allowed,
  type Answers,
  authHostOf,
  originOf,
  parseAllowed,
  parseApp,
  parseAppUrl,
  parseDomain,
  parseEmails,
  parseLine,
  parsePort,
  parseProvider,
} from './answers.ts';
import { providerNames, providerPresets } from './provider-presets.ts';

/** What was said on the command line. */
export interface InitFlags {
  readonly domain?: string;
  readonly provider?: string;
  readonly issuer?: string;
  readonly clientId?: string;
  readonly app?: string;
  readonly to?: string;
  readonly allow?: string;
  readonly breakGlass?: string;
  readonly port?: string;
  readonly publicPort?: string;
  readonly adminPort?: string;
  readonly certificate?: string;
  readonly key?: string;
}

export type Gathered =
  | { readonly outcome: 'answered'; readonly answers: Answers }
  /** A sentence for each flag that is missing or wrong. */
  | { readonly outcome: 'wrong'; readonly problems: readonly string[] }
  /** The person went away in the middle. */
  | { readonly outcome: 'left' };

interface Question<Value> {
  readonly flag: string;
  readonly given: string | undefined;
  readonly ask: string;
  readonly read: (text: string) => Parsed<Value>;
  readonly usual?: string;
  readonly isSecret?: boolean;
}

/** Why gathering stops: every later question would be in vain. */
const stopped = Symbol('stopped');

/**
 * Takes what the flags say and asks for the rest; without an interview the rest must have an answer of its own. A flag
 * that is wrong is told, and asked for where somebody is there to answer.
 */
export async function gatherAnswers(
  flags: InitFlags,
  clientSecret: string | undefined,
  interview: Interview | undefined,
  say: (text: string) => void,
): Promise<Gathered> {
  const problems: string[] = [];
  let hasLeft = false;

  const answer = async <Value>(question: Question<Value>): Promise<Value | typeof stopped> => {
    const { flag, given, read, usual } = question;
    if (given !== undefined) {
      const parsed = read(given);
      if (parsed.ok) return parsed.value;
      const value = question.isSecret === true ? 'the value' : `"${given}"`;
      const problem = `--${flag}: ${value} ${parsed.says}${parsed.help === undefined ? '' : `; ${parsed.help}`}.`;
      if (interview === undefined) problems.push(problem);
      else say(`${problem}\n`);
    } else if (interview === undefined && usual === undefined) {
      problems.push(`--${flag} is missing: ${question.ask}.`);
    }
    if (interview !== undefined) return hasLeft ? stopped : askFor(question, interview);
    const parsed = usual === undefined || given !== undefined ? undefined : read(usual);
    return parsed?.ok === true ? parsed.value : stopped;
  };

  const askFor = async <Value>(
    { ask, read, usual, isSecret }: Question<Value>,
    { ask: askLine, askSecret }: Interview,
  ): Promise<Value | typeof stopped> => {
    for (;;) {
      const text = await (isSecret === true ? askSecret : askLine)(
        `${ask}${usual === undefined ? '' : ` [${usual}]`}: `,
      );
      if (text === undefined) {
        hasLeft = true;
        return stopped;
      }
      const parsed = read(text.trim() === '' && usual !== undefined ? usual : text.trim());
      if (parsed.ok) return parsed.value;
      say(`  That ${parsed.says}${parsed.help === undefined ? '' : `; ${parsed.help}`}.\n`);
    }
  };

  const domain = await answer({
    flag: 'domain',
    given: flags.domain,
    ask: 'Domain of your apps, such as corp.example',
    read: parseDomain,
  });
  const isLocal = domain === 'localhost';
  const listenPort = await answer({
    flag: 'port',
    given: flags.port ?? '8443',
    ask: 'Port to listen on',
    read: parsePort,
  });
  const publicPort = await answer({
    flag: 'public-port',
    given: flags.publicPort ?? (isLocal && listenPort !== stopped ? String(listenPort) : undefined),
    ask: 'Port that people type',
    usual: '443',
    read: parsePort,
  });
  const adminPort = await answer({
    flag: 'admin-port',
    given: flags.adminPort ?? '9443',
    ask: 'Port of the admin listener',
    read: parsePort,
  });
  const provider = await answer({
    flag: 'provider',
    given: flags.provider,
    ask: `Identity provider (${providerNames.join(', ')})`,
    usual: 'other',
    read: parseProvider,
  });
  const preset = providerPresets[provider === stopped ? 'other' : provider];
  if (
    interview !== undefined &&
    !hasLeft &&
    domain !== stopped &&
    publicPort !== stopped &&
    flags.clientId === undefined
  ) {
    const redirectUri = `${originOf(authHostOf({ domain }), { publicPort })}/.postern/callback`;
    say(`\nAt ${preset.title}, make a web client and register ${preset.register}:\n  ${redirectUri}\n\n`);
  }
  const issuer = await answer({
    flag: 'issuer',
    given: flags.issuer ?? (preset.issuer.kind === 'fixed' ? preset.issuer.url : undefined),
    ask: `Issuer, such as ${preset.issuer.kind === 'asked' ? preset.issuer.example : preset.issuer.url}`,
    read: parseIssuer,
  });
  const clientId = await answer({ flag: 'client-id', given: flags.clientId, ask: 'Client id', read: parseLine });
  const secret = await answer({
    flag: 'client-secret-file',
    given: clientSecret,
    ask: 'Client secret (not shown as you type)',
    read: parseLine,
    isSecret: true,
  });
  const app = await answer({
    flag: 'app',
    given: flags.app,
    ask: 'Name of the first app',
    usual: 'wiki',
    read: parseApp,
  });
  const upstream = await answer({
    flag: 'to',
    given: flags.to,
    ask: 'Where the app listens now',
    usual: 'http://127.0.0.1:3000',
    read: parseAppUrl,
  });
  const allowed = await answer({
    flag: 'allow',
    given: flags.allow,
    ask: 'Who may open it: a group, @corp.example, addresses, or everyone',
    read: (text): Parsed<Allowed> => {
      const parsed = parseAllowed(text);
      if (!parsed.ok || parsed.value.groups.length === 0 || preset.groups !== undefined) return parsed;
      return {
        ok: false,
        code: 'P045',
        says: `names a group, and ${preset.title} sends none`,
        help: 'name @domains or addresses',
      };
    },
  });
  const breakGlass = await answer({
    flag: 'break-glass',
    given: flags.breakGlass,
    ask: 'Whose access no change may ever take away (your own address)',
    read: parseEmails,
  });
  if (hasLeft) return { outcome: 'left' };
  if ((flags.certificate === undefined) !== (flags.key === undefined))
    problems.push('--certificate and --key go together.');
  const certificate =
    flags.certificate === undefined || flags.key === undefined
      ? undefined
      : { certificate: resolve(flags.certificate), key: resolve(flags.key) };
  if (
    problems.length > 0 ||
    domain === stopped ||
    listenPort === stopped ||
    publicPort === stopped ||
    adminPort === stopped ||
    provider === stopped ||
    issuer === stopped ||
    clientId === stopped ||
    secret === stopped ||
    app === stopped ||
    upstream === stopped ||
    allowed === stopped ||
    breakGlass === stopped
  )
    return { outcome: 'wrong', problems };
  const answers = {
    domain,
    provider,
    issuer,
    clientId,
    clientSecret: secret,
    app,
    upstream,
    allowed,
    breakGlass,
    listenPort,
    publicPort,
    adminPort,
    certificate,
  };
  return { outcome: 'answered', answers };
}
