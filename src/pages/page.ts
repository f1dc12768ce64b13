import type { RiskSignalName } from '../config/snapshot.ts';
import type { Branding } from '../config/values/branding.ts';
import type { LocalText } from '../config/values/local-text.ts';
import type { AuthenticationMethod, CheckResult, LockNotice, NextOpening } from '../decision/decision.ts';
import type { DecisionId } from '../decision/decision-id.ts';
import type { ReasonCode } from '../decision/reason.ts';
import type { GrantKey } from '../policy/conditions/all-conditions.ts';

/** What every page knows. All texts are data; views escape. */
export interface PageContext {
  /** `Accept-Language` as sent; the catalogue picks. */
  readonly acceptLanguage: string | undefined;
  readonly decisionId: DecisionId;
  readonly nowMs: number;
  /** Where the portal is: `https://auth.corp.example[:port]`. */
  readonly authOrigin: string;
  readonly person: { readonly name: string | undefined; readonly email: string | undefined } | undefined;
  /** True in the demo: a line on each page says so. */
  readonly isDevelopment: boolean;
  /** Of the configuration that decides this request. Absent: Postern's own. */
  readonly branding?: Branding | undefined;
}

export interface AppSummary {
  readonly name: string;
  readonly title: LocalText;
  readonly host: string;
  readonly owner: string | undefined;
}

/** A tile of the portal: what the judge says for this person on this device now. */
export interface PortalTile extends AppSummary {
  readonly url: string;
  readonly description: LocalText | undefined;
  /** The heading that it stands under; absent: it stands with the others that have none. */
  readonly group?: LocalText | undefined;
  /** The address of its picture; absent: its title's first letter. */
  readonly iconUrl?: string | undefined;
  readonly state: 'ready' | 'warned' | 'needs_step_up' | 'fix_device' | 'device_unknown';
  /** What to do, for any state but ready and warned. */
  readonly reason: ReasonCode | undefined;
  /** When it closes unless the device is mended, for `warned`. */
  readonly warnedUntilMs?: number | undefined;
}

/** An app that stays closed until a proof is given, and where that is done. */
export interface PostponedProof {
  readonly app: AppSummary | undefined;
  readonly confirmUrl: string;
}

/** A posture of the device page: how this device stands to it, and what that means for this person's apps. */
export interface PostureStanding {
  readonly posture: string;
  /** What people call it; absent: its name. */
  readonly title?: LocalText | undefined;
  /** A result of `PostureFacts`, or `no_device`: there is no device to hold against it. */
  readonly result: string;
  /** When the grace ends, for `warned`. */
  readonly warnedUntilMs?: number | undefined;
  readonly checks: readonly CheckResult[];
  /** Titles of this person's apps that ask for it. */
  readonly apps: readonly LocalText[];
  /** Of these, the ones that the device closes now. */
  readonly blocks: readonly LocalText[];
}

/** A session in the person's own list. */
export interface PersonSession {
  readonly id: string;
  /** It is the browser that looks at the page. */
  readonly isCurrent: boolean;
  readonly browser: string | undefined;
  readonly system: string | undefined;
  /** Where it began. */
  readonly address: string;
  readonly signedInAtMs: number;
  readonly lastSeenAtMs: number;
  readonly expiresAtMs: number;
  readonly provedAtMs: Readonly<Partial<Record<AuthenticationMethod, number>>>;
}

/** What has just been done on the page of the person's sessions. */
export type SessionsNotice = { readonly kind: 'ended'; readonly count: number } | { readonly kind: 'disowned' };

export type Page =
  /** Every no of the gateway: E5, E8, E9, and the posted-too-late page (`isPosted`). */
  | {
      readonly kind: 'refusal';
      readonly reason: ReasonCode;
      readonly status: number;
      readonly app: AppSummary | undefined;
      readonly isPosted: boolean;
      /** A small page for a frame, whose links open in the top window. */
      readonly isFramed: boolean;
      readonly checks: readonly CheckResult[];
      /** What people call the posture that the checks make up; absent where it has no title. */
      readonly posture?: LocalText | undefined;
      readonly lastCheckedMs: number | undefined;
      /** When it opens, for `outside_hours`, told in the zone of its hours. */
      readonly nextOpening?: NextOpening | undefined;
      /** For `account_locked`: until when, and what the administrator wrote. */
      readonly lock?: LockNotice | undefined;
      /** What was missing, only where the route says `disclose: requirements`. */
      readonly requirements: readonly GrantKey[];
      /** What made the risk too high, only where the route says `disclose: requirements`. */
      readonly signals?: readonly RiskSignalName[];
      readonly userMessage: Readonly<Record<string, string>> | undefined;
      /** For "Check again" and "Try again": a GET of the same URL. */
      readonly retryUrl: string | undefined;
      readonly signInUrl: string | undefined;
      readonly switchAccountUrl: string | undefined;
      /** Where the device is known (the TLS origin), for `device_unknown`. */
      readonly deviceUrl: string | undefined;
    }
  /** The way into an app whose service worker answers every navigation. */
  | {
      readonly kind: 'way_in';
      readonly app: AppSummary | undefined;
      /** Opened from this page alone it goes past the worker. */
      readonly enterUrl: string;
      readonly appUrl: string;
    }
  | { readonly kind: 'entered'; readonly app: AppSummary | undefined }
  | {
      /** A page of another site has posted something to the app; a click hands it on. */
      readonly kind: 'sent_here';
      readonly app: AppSummary | undefined;
      /** The origin of that page; `undefined`: the browser did not tell. */
      readonly from: string | undefined;
      readonly sealed: string;
      /** What there is to do first. */
      readonly asks: 'nothing' | 'sign_in' | 'proof';
      /** Where it is done. */
      readonly openUrl: string | undefined;
    }
  | {
      readonly kind: 'sign_in_choice';
      readonly app: AppSummary | undefined;
      /** `isAway`: it did not answer when it was last looked at. */
      readonly providers: readonly { readonly title: string; readonly url: string; readonly isAway: boolean }[];
    }
  | {
      readonly kind: 'step_up';
      readonly app: AppSummary | undefined;
      readonly providerTitle: string;
      /** Any one of these will do; never empty. */
      readonly methods: readonly AuthenticationMethod[];
      /** How old the proof may be; `undefined`: any age of this session will do. */
      readonly maxAgeMs: number | undefined;
      /** When one of them was last proved in this session. */
      readonly provedAtMs: number | undefined;
      /** Risk asks for it. */
      readonly isUnusual: boolean;
      /** What is unusual, as far as the person may know. */
      readonly signals: readonly RiskSignalName[];
      readonly continueUrl: string;
      /** Where to go without the proof. */
      readonly notNowUrl: string;
    }
  | {
      readonly kind: 'provider_away';
      readonly app: AppSummary | undefined;
      readonly providerTitle: string;
      readonly retryUrl: string;
      /** To the provider all the same; absent where nothing is known of it, or nothing says that it is away. */
      readonly anywayUrl: string | undefined;
      /** Other providers that open the same. */
      readonly others: readonly { readonly title: string; readonly url: string }[];
      /** Somebody was asked for a proof, and is signed in all the same. */
      readonly isSignedIn: boolean;
    }
  | {
      readonly kind: 'sign_in_problem';
      readonly problem:
        | 'lost'
        | 'cancelled'
        /** By somebody who is signed in, and stays so. */
        | 'step_up_cancelled'
        | 'refused'
        | 'account_not_allowed'
        | 'cookies_missing';
      readonly continueUrl: string | undefined;
      readonly app: AppSummary | undefined;
    }
  | {
      readonly kind: 'portal';
      readonly tiles: readonly PortalTile[];
      /** What was looked for; absent: nothing was. */
      readonly query?: string | undefined;
      /** A proof that somebody has just put off. */
      readonly postponed?: PostponedProof | undefined;
      readonly signOutToken: string;
    }
  | {
      readonly kind: 'device';
      readonly deviceId: string | undefined;
      /** This page where a certificate would be asked for; absent where it was asked for already, or no address asks for one. */
      readonly certificateUrl?: string | undefined;
      readonly postures: readonly PostureStanding[];
      /** Absent where no rule asks for a registered browser, or nobody is signed in. */
      readonly browsers?: OwnBrowsers | undefined;
    }
  | {
      readonly kind: 'prove_browser';
      readonly app: AppSummary | undefined;
      /** What the script needs; `undefined`: this person has registered no browser. */
      readonly proof: { readonly nonce: string; readonly token: string; readonly returnTargetId: string } | undefined;
      /** Where another proof would do as well. */
      readonly otherWayUrl: string | undefined;
    }
  | {
      readonly kind: 'sessions';
      /** This browser's first. */
      readonly sessions: readonly PersonSession[];
      readonly token: string;
      readonly notice: SessionsNotice | undefined;
    }
  | { readonly kind: 'session_disown'; readonly session: PersonSession; readonly token: string }
  | { readonly kind: 'sign_out_confirm'; readonly signOutToken: string }
  | { readonly kind: 'signed_out'; readonly providerTitle: string | undefined; readonly signInUrl: string };

/** A person's registered browsers, and whether this one can be registered now. */
export interface OwnBrowsers {
  readonly registered: readonly {
    readonly keyId: string;
    readonly name: string;
    readonly address: string;
    readonly registeredAtMs: number;
  }[];
  readonly token: string;
  readonly registration: 'full' | 'confirm_first' | { readonly nonce: string };
}

/** Renders a page to one complete HTML document. Only the pages of registered browsers have a script, from our own host. */
export interface PageRenderer {
  render(page: Page, context: PageContext): string;
  /** The Content-Security-Policy of a full page: no scripts; styles by hash; no frames. */
  readonly contentSecurityPolicy: string;
  /**
   * The policy of this very page, with the branding that it is rendered with. A framed refusal gets one that lets it show inside a frame (send no `X-Frame-Options`
   * with it). `formTargets`: origins that the page's form may be redirected to, such as the provider at sign-out;
   * browsers block the redirect otherwise. Throws when one is no URL.
   */
  contentSecurityPolicyFor(
    page: Page,
    options?: { readonly branding?: Branding | undefined; readonly formTargets?: readonly string[] },
  ): string;
  /** The words for problem bodies: a title per code, and a detail that may name the app. */
  words(
    reason: ReasonCode,
    context: { readonly acceptLanguage: string | undefined; readonly app: AppSummary | undefined },
  ): { readonly title: string; readonly detail: string; readonly language: string };
}
