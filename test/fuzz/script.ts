import type { Random } from './random.ts';
import { forbiddenWord } from './upstream.ts';

/** What a listener is asked for. Each entry makes the head lines of a request without its body. */
export interface FuzzHosts {
  /** Hosts whose requests come to the app, with the cookie line that lets them in, or none where anybody may. */
  readonly served: readonly [FuzzHost, ...FuzzHost[]];
  /** False: there is no app behind them, and any answer is right. */
  readonly hasApp: boolean;
  /** Hosts, or paths of them, that nobody is let into without a credential. */
  readonly refused: readonly [FuzzHost, ...FuzzHost[]];
  /** A host that takes WebSockets. */
  readonly sockets: FuzzHost | undefined;
}

export interface FuzzHost {
  readonly host: string;
  /** In place of the app's paths, where no app is behind it. */
  readonly path?: string;
  /** `Cookie: …` of the person whose session nobody endangers. */
  readonly cookie?: string | undefined;
  /** The same of somebody whose requests are also broken on the way. */
  readonly looseCookie?: string | undefined;
}

/** One request of a script. */
export interface FuzzRequest {
  readonly name: string;
  readonly method: string;
  /** Whether it must come to the app. */
  readonly isServed: boolean;
  /** Sends a field behind its body. */
  readonly hasTrailers: boolean;
}

/** What one connection does. */
export interface FuzzScript {
  /** Names the connection: 12 digits, the first three of them `f` where its bytes are broken, and none otherwise. */
  readonly connection: string;
  readonly kind: 'whole' | 'cut' | 'broken';
  readonly requests: readonly FuzzRequest[];
  readonly bytes: Buffer;
  /** The upgrade that follows the requests; empty: none. */
  readonly upgrade: Buffer;
  /** The upgrade is sent when the answers have come, or behind the requests in the same write. */
  readonly isUpgradeEarly: boolean;
  /** Where the bytes are split into writes. */
  readonly splits: readonly number[];
  /** How it ends once all is sent. */
  readonly end: 'wait' | 'destroy' | 'reset' | 'half';
}

const crlf = '\r\n';

/** Makes up what a connection does: whole requests, one that is cut at any byte, or bytes that were broken on the way. */
export function createScript(random: Random, hosts: FuzzHosts): FuzzScript {
  const kind = random.pick(['whole', 'whole', 'cut', 'broken'] as const);
  const connection = (kind === 'broken' ? 'fff' : random.digits(3).replaceAll('f', '0')) + random.digits(9);
  const hasUpgrade = hosts.sockets !== undefined && random.chance(0.3);
  const count = hasUpgrade ? random.number(4) : 1 + random.number(random.chance(0.1) ? 40 : 6);
  const requests: FuzzRequest[] = [];
  const texts: string[] = [];
  for (let place = 0; place < count; place += 1) {
    // In broken bytes a credential comes first or not at all: nothing that is broken later can borrow it.
    const mayBeServed = kind !== 'broken' || place === 0;
    const isLast = place === count - 1 && !hasUpgrade;
    const { request, text } = createRequest(random, hosts, `q${connection}k${place}z`, {
      isServed: mayBeServed && random.chance(0.7),
      isLoose: kind !== 'whole',
      isLast,
    });
    requests.push(request);
    texts.push(text);
  }
  const whole = Buffer.from(texts.join(''), 'latin1');
  const upgrade = hasUpgrade ? createUpgrade(random, hosts, `q${connection}k${count}z`, kind !== 'whole') : '';
  const isUpgradeEarly = random.chance(0.6);
  const sent = Buffer.concat([whole, Buffer.from(isUpgradeEarly ? upgrade : '', 'latin1')]);
  const bytes =
    kind === 'cut' ? sent.subarray(0, random.number(sent.length + 1)) : kind === 'broken' ? damage(random, sent) : sent;
  return {
    connection,
    kind,
    requests,
    bytes,
    upgrade: Buffer.from(upgrade, 'latin1'),
    isUpgradeEarly,
    splits: Array.from({ length: random.number(5) }, () => random.number(bytes.length + 1)).sort((a, b) => a - b),
    end: kind === 'cut' ? random.pick(['destroy', 'reset', 'half']) : 'wait',
  };
}

function createRequest(
  random: Random,
  hosts: FuzzHosts,
  name: string,
  wanted: { readonly isServed: boolean; readonly isLoose: boolean; readonly isLast: boolean },
): { readonly request: FuzzRequest; readonly text: string } {
  const host = wanted.isServed ? random.pick(hosts.served) : random.pick(hosts.refused);
  const method = random.pick(['GET', 'GET', 'HEAD', 'POST', 'PUT'] as const);
  const behaviour =
    wanted.isLoose && random.chance(0.1) ? 'break' : random.pick(['plain', 'chunks', 'late', 'long', 'empty', 'early']);
  const path = pathOf(host, wanted.isServed ? `/${behaviour}/${name}` : `/plain/${forbiddenWord}/${name}`, name);
  const cookie = wanted.isLoose ? host.looseCookie : host.cookie;
  const head = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${host.host}`,
    'User-Agent: postern-test-browser',
    'Accept: application/json',
  ];
  if (wanted.isServed && cookie !== undefined) head.push(cookie);
  if (wanted.isLast) head.push('Connection: close');
  let body = '';
  if (method === 'POST' || method === 'PUT') {
    const content = createBody(random, hosts, name);
    if (random.chance(0.15)) head.push('Expect: 100-continue');
    if (random.chance(0.5)) {
      head.push(`Content-Length: ${content.length}`);
      body = content;
    } else {
      head.push('Transfer-Encoding: chunked');
      body = chunked(random, content);
    }
  }
  // Behind a body that is not chunked there can be none.
  const hasTrailers = body.endsWith(`${crlf}0${crlf}${trailer}${crlf}`) || body === `0${crlf}${trailer}${crlf}`;
  return {
    request: { name, method, isServed: wanted.isServed, hasTrailers },
    text: head.join(crlf) + crlf + crlf + body,
  };
}

function pathOf(host: FuzzHost, path: string, name: string): string {
  return host.path === undefined ? path : `${host.path}?${name}`;
}

/** Its own name, and now and then a whole request that must stay bytes. */
function createBody(random: Random, hosts: FuzzHosts, name: string): string {
  const times = random.number(random.chance(0.1) ? 3_000 : 5);
  const inner = `GET /plain/${forbiddenWord} HTTP/1.1${crlf}Host: ${hosts.refused[0].host}${crlf}${crlf}`;
  return name.repeat(times) + (random.chance(0.3) ? inner : '');
}

const trailer = `X-Trailer: t${crlf}`;

function chunked(random: Random, content: string): string {
  let text = '';
  let at = 0;
  while (at < content.length) {
    const size = Math.min(content.length - at, 1 + random.number(content.length));
    text += `${size.toString(16)}${random.chance(0.1) ? ';a=b' : ''}${crlf}${content.slice(at, at + size)}${crlf}`;
    at += size;
  }
  return `${text}0${crlf}${random.chance(0.1) ? trailer : ''}${crlf}`;
}

function createUpgrade(random: Random, { sockets, refused }: FuzzHosts, name: string, isLoose: boolean): string {
  const isServed = sockets !== undefined && !isLoose && random.chance(0.6);
  const { host, cookie } = isServed ? sockets : random.pick(refused);
  const path = isServed ? `/plain/${name}` : `/plain/${forbiddenWord}/${name}`;
  const head = [
    `${isLoose && random.chance(0.2) ? 'CONNECT' : 'GET'} ${path} HTTP/1.1`,
    `Host: ${host}`,
    'User-Agent: postern-test-browser',
    'Connection: Upgrade',
    `Upgrade: ${random.chance(0.1) ? 'h2c' : 'websocket'}`,
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ];
  if (isServed && cookie !== undefined) head.push(cookie);
  const behind = random.pick([
    '',
    '\x81\x80abcd',
    `GET /plain/${forbiddenWord} HTTP/1.1${crlf}Host: ${host}${crlf}${crlf}`,
    '\0\0\xff',
  ]);
  return head.join(crlf) + crlf + crlf + behind;
}

const tokens = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  ':',
  '\r\n\r\n',
  '0\r\n\r\n',
  'Content-Length: 0\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Upgrade: websocket\r\n',
  'Connection: Upgrade\r\n',
  'Connection: close\r\n',
  'Expect: x\r\n',
  'HTTP/1.0\r\n',
  '\xff',
  'ffffffffff\r\n',
] as const;

/** Some bytes are another, gone, or new. Nothing is copied: no credential comes to where it was not. */
function damage(random: Random, bytes: Buffer): Buffer {
  let broken = bytes;
  for (let count = 1 + random.number(4); count > 0; count -= 1) {
    const at = random.number(broken.length + 1);
    const [before, after] = [broken.subarray(0, at), broken.subarray(at)];
    const how = random.number(4);
    if (how === 0) broken = Buffer.concat([before, Buffer.of(random.number(256)), after.subarray(1)]);
    else if (how === 1) broken = Buffer.concat([before, after.subarray(1 + random.number(3))]);
    else if (how === 2) broken = Buffer.concat([before, Buffer.from(random.pick(tokens), 'latin1'), after]);
    else broken = Buffer.concat([before, Buffer.of(random.number(256)), after]);
  }
  return broken;
}
