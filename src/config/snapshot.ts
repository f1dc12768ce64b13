import type { AuthenticationMethod, SourcePosition } from '../decision/decision.ts';
import type { NetworkSet, SegmentRequirement } from '../policy/rule.ts';
import type { AssertionAlgorithm, Route, RouteTable } from './route.ts';
import type { NetworkExample, PolicyTest } from './tryout/policy-test.ts';
import type { Branding } from './values/branding.ts';
import type { LocalText } from './values/local-text.ts';
import type { SegmentNetworks } from './values/upstream-address.ts';

/**
 * A configuration, checked and compiled: what a request reads once and then works with from start to end.
 * Frozen. Secrets and files are read; every reference is resolved.
 */
export interface Snapshot {
  /** SHA-256 of the file's text, in hex; see {@link configurationName}. */
  readonly hash: string;
  readonly file: string;
  readonly server: ServerSettings;
  readonly admin: AdminSettings | undefined;
  readonly state: StateSettings;
  readonly session: SessionSettings & RecheckSettings;
  readonly providers: ReadonlyMap<string, IdentityProvider>;
  /** Canonical addresses of the people whom no reload may lock out; grants nothing (security-rules.md 9). */
  readonly breakGlass: ReadonlySet<string>;
  readonly postures: ReadonlyMap<string, Posture>;
  /** Lists of devices to read; absent: none. */
  readonly deviceProviders?: readonly DeviceProvider[];
  readonly risk: RiskSettings;
  /** Absent: none. */
  readonly segments?: ReadonlyMap<string, Segment> | undefined;
  /** Lower-case names that any route fills with identity: no client sends them to any app (security-rules.md 42). Absent: none. */
  readonly toldHeaders?: ReadonlySet<string> | undefined;
  /** What assertions are signed with. Absent: ES256. */
  readonly assertionAlgorithms?: ReadonlySet<AssertionAlgorithm> | undefined;
  /**
   * For routes that rewrite, by their index: the denials of every route that leads to the same app, each as a route that
   * denies and asks for nothing else (security-rules.md 44). Absent: none rewrites.
   */
  readonly rewriteGuards?: ReadonlyMap<number, readonly Route[]> | undefined;
  readonly routes: readonly Route[];
  readonly routeTable: RouteTable;
  readonly audit: AuditSettings;
  /** Absent: Postern's own. */
  readonly branding?: Branding | undefined;
  /** Absent: none. */
  readonly services?: ServiceTable | undefined;
  /** Tests in the file, in its order. */
  readonly tests?: readonly PolicyTest[] | undefined;
  /** Named networks, for questions about requests that nobody has made. */
  readonly networks?: ReadonlyMap<string, NetworkExample> | undefined;
}

/** A machine that may ask by itself. */
export interface ServiceSettings {
  readonly id: string;
  readonly credential: 'token' | 'certificate';
}

/** Services by what they show, as SHA-256 in lower-case hex. */
export interface ServiceTable {
  readonly byToken: ReadonlyMap<string, ServiceSettings>;
  /** By the public key of a client certificate. */
  readonly bySpki: ReadonlyMap<string, ServiceSettings>;
}

/** Every service, in no order that means anything. */
export function servicesOf({ services }: Pick<Snapshot, 'services'>): readonly ServiceSettings[] {
  return [...(services?.byToken.values() ?? []), ...(services?.bySpki.values() ?? [])];
}

const nameDigits = 12;

/** What a configuration is called in decisions, pages, logs and events: the first 12 hex digits of its hash. */
export function configurationName({ hash }: Pick<Snapshot, 'hash'>): string {
  return hash.slice(0, nameDigits);
}

export interface ServerSettings {
  readonly listeners: readonly ListenerSettings[];
  readonly redirectHttp: ListenAddress | undefined;
  /** Lower case, no port. */
  readonly authHost: string;
  /** `undefined` only when Postern is a middleware in somebody else's server. */
  readonly tls: TlsSettings | undefined;
  /** Whose `X-Forwarded-For` is believed (security-rules.md 21). */
  readonly trustedProxies: NetworkSet;
  readonly limits: Limits;
  /** How many processes serve; `auto`, and absent: one for each core. */
  readonly workers?: 'auto' | number | undefined;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface ListenerSettings extends ListenAddress {
  /** The port that people type; the bound port unless said otherwise. */
  readonly publicPort: number;
}

export interface TlsSettings {
  /** PEM texts; the first pair is the default, others are chosen by the names in the certificate. */
  readonly certificates: readonly {
    readonly certificate: string;
    readonly key: string;
    readonly names: readonly string[];
  }[];
  /** PEM of the authorities that device certificates may come from. */
  readonly clientCa: string | undefined;
  /** A reload may put certificates that do not fit in the place of ones that do. Absent: it may not. */
  readonly allowUnfit?: boolean | undefined;
  /** SHA-256 of the public keys of authorities whose devices are known by their name alone. Absent: the first in `clientCa`. */
  readonly deviceNameAuthorities?: ReadonlySet<string> | undefined;
  /** PEM or DER of the revocation list of device certificates. */
  readonly crl: Buffer | undefined;
}

export interface Limits {
  readonly headerBytes: number;
  readonly bodyBytes: number;
  /** The time an upstream may take to begin its answer, in ms; once it streams, only silence of the client's or upstream's socket ends it. */
  readonly requestTimeoutMs: number;
  readonly headerTimeoutMs: number;
  /** Of each process; absent: what its limit of open files allows. */
  readonly connections?: number | undefined;
  /** Bytes of a body in each second, over ten seconds. */
  readonly bodyRateBytes: number;
  /** In each process, by the address at the other end. */
  readonly connectionsPerAddress: number;
  /** In each process, to one upstream server. */
  readonly upstreamConnections: number;
  /** Requests that wait for one of those. */
  readonly upstreamQueue: number;
  /** Of one session, service or stranger's address, at apps at once, in each process. */
  readonly requestsPerClient: number;
}

export interface AdminSettings {
  readonly listen: ListenAddress;
  /** 32 bytes or more each. Two while the token changes, the new one first. */
  readonly token: string | readonly string[];
}

export interface StateSettings {
  readonly store: 'sqlite';
  /** Absolute path of the database file. */
  readonly path: string;
  /** The secret that wraps the data keys. Two while it changes, the new one first. */
  readonly key: string | readonly string[];
}

export interface SessionSettings {
  readonly expirationMs: number;
  readonly inactivityMs: number;
  /** By provider: how old claims may be (security-rules.md 7). A provider that is not listed has no bound. */
  readonly claimsMaxAgeMs?: ReadonlyMap<string, number>;
}

export interface RecheckSettings {
  /** How often an open stream is decided again when nothing changes. */
  readonly recheckMs: number;
}

export interface IdentityProvider {
  readonly id: string;
  readonly title: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
  /** Parameters of every sign-in beside ours, which win. Absent: none. */
  readonly authorize?: Readonly<Record<string, string>> | undefined;
  readonly claims: { readonly subject: string; readonly email: string; readonly name: string; readonly groups: string };
  readonly trustEmail: boolean;
  /** How often claims of sessions in use are read again; `undefined`: never. */
  readonly refreshMs?: number | undefined;
  /** A session whose claims are older is over; `undefined`: they may be as old as the session. */
  readonly claimsMaxAgeMs?: number | undefined;
  /** How the person is asked to sign in anew; `undefined`: by `prompt=login`, which is believed only with an auth_time. */
  readonly reauth?: Reauthentication | undefined;
  /** Which acr values, or which whole sets of amr values, prove which method. */
  readonly factors: Readonly<Partial<Record<AuthenticationMethod, FactorEvidence>>>;
}

/** What makes a provider ask the person again, though it knows them. */
export interface Reauthentication {
  readonly prompt: string;
  /** A second or more. */
  readonly maxAgeMs: number;
  /** It was seen to ask. Then a sign-in without `auth_time` is as old as our question (security-rules.md 36, 47). */
  readonly isObeyed: boolean;
}

export interface FactorEvidence {
  readonly acr: readonly string[];
  readonly amr: readonly (readonly string[])[];
}

/** One demand of a posture: a fact that must be true, or a comparison. */
export interface PostureRequirement {
  readonly check: string;
  readonly operator: 'is_true' | '>=' | '>' | '<=' | '<' | '==' | '!=';
  /** What to compare with; versions compare number by number. */
  readonly value: string | undefined;
  /** As it was written, for explanations. */
  readonly source: string;
}

export interface Posture {
  readonly name: string;
  /** What people read; absent: the name. */
  readonly title?: LocalText | undefined;
  readonly at: SourcePosition;
  readonly require: readonly PostureRequirement[];
  readonly maxAgeMs: number;
  /** Only facts from these sources count; `undefined`: any. `self` is what the device says of itself (security-rules.md 12). */
  readonly sources: readonly string[] | undefined;
  /** For how long a failing posture is only warned of, counted from the person's first warning; absent: not at all. */
  readonly warnForMs?: number | undefined;
  /** Where a person finds how to mend a check. */
  readonly help: Readonly<Record<string, string>>;
}

/** Where a fact stands in what a provider lists of a device. */
export interface FactMapping {
  readonly path: readonly string[];
  /** What the value is read as; `undefined`: as it stands. */
  readonly type: 'text' | 'number' | 'boolean' | 'version' | 'date' | undefined;
  /** Makes the fact true for these values and false for others; `undefined`: the value is the fact. */
  readonly equals: readonly string[] | undefined;
}

/** How a list is divided into pages. */
export type DevicePaging =
  | { readonly by: 'none' }
  | ({ readonly by: 'page'; readonly param: string; readonly first: number } & PageSize)
  | ({ readonly by: 'cursor'; readonly param: string; readonly path: readonly string[] } & PageSize)
  | ({ readonly by: 'next'; readonly path: readonly string[] } & PageSize)
  | ({ readonly by: 'link' } & PageSize);

interface PageSize {
  readonly size: number;
  /** The query parameter that asks for the size; `undefined`: it cannot be asked for. */
  readonly sizeParam: string | undefined;
}

/** A list of devices that is read again and again. */
export interface DeviceProvider {
  /** The source of its facts. */
  readonly id: string;
  /** https, or http on this machine. */
  readonly url: string;
  readonly refreshMs: number;
  /** Where the device id stands in an item. */
  readonly match: readonly string[];
  /** Where the list stands in the body; empty: the body is the list. */
  readonly items: readonly string[];
  /** Where the time of an item's facts stands; `undefined`: they are of the time of reading. */
  readonly asOf: readonly string[] | undefined;
  readonly facts: ReadonlyMap<string, FactMapping>;
  readonly paging: DevicePaging;
  readonly headers: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly oauth?: {
    readonly tokenUrl: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly scope: string | undefined;
  };
}

/** A part of the network that routes share. */
export interface Segment extends SegmentNetworks {
  readonly at: SourcePosition;
  /** Added to every grant of its routes; `undefined`: nothing is. */
  readonly requirement: SegmentRequirement | undefined;
}

/** Everything that can raise a score, in the order in which points are told. */
export const riskSignalNames = [
  'new_network',
  'new_asn',
  'new_country',
  'impossible_travel',
  'user_agent_changed',
  'client_hints_changed',
  'device_changed',
  'new_device',
  'new_app',
  'unusual_hour',
  'denials',
  'failed_factors',
  'request_rate',
  'request_breadth',
  'foreign_host',
  'disowned_session',
  'blocked_address',
  'outside_score',
] as const;

export type RiskSignalName = (typeof riskSignalNames)[number];

export interface RiskSignalSettings {
  readonly weight: number;
  readonly halfLifeMs: number;
  /** Its points are recorded and never count. */
  readonly isReportOnly: boolean;
}

export interface RiskSettings {
  /** True: the score is 0 for all rules, and what it would have been is recorded. */
  readonly isReportOnly: boolean;
  readonly levels: { readonly medium: number; readonly high: number };
  readonly signals: Readonly<Record<RiskSignalName, RiskSignalSettings>>;
  /** The fastest that a person travels, in km/h. */
  readonly maxSpeedKmh: number;
  /** Networks that are one place, whatever the map says of their addresses: those of `networks`, each by itself. */
  readonly ownNetworks: readonly NetworkSet[];
  /** Absolute paths. */
  readonly mmdbFiles: readonly string[];
  /** Absolute paths. */
  readonly blockListFiles: readonly string[];
  readonly medium: 'allow' | 'step_up' | 'deny' | 'end_session' | 'lock';
  readonly high: 'step_up' | 'deny' | 'end_session' | 'lock';
  /** How long a lock by risk holds; absent: until it is lifted. */
  readonly lockForMs?: number | undefined;
}

export interface AuditSettings {
  /** Absolute path of the folder. */
  readonly path: string;
  readonly onFailure: 'allow' | 'deny';
  readonly retainMs: number;
  readonly rotateBytes: number;
  /** `once`: a plain allow points to the facts that a line before it in its file holds. `each`: every line holds its own. */
  readonly facts: 'once' | 'each';
}
