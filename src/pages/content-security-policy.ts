import { createHash } from 'node:crypto';
import type { Branding } from '../config/values/branding.ts';
import { accentStyle } from './accent-style.ts';
import { stylesheet } from './stylesheet.ts';

const styleHash = hashOf(stylesheet);

function hashOf(style: string): string {
  return `'sha256-${createHash('sha256').update(style).digest('base64')}'`;
}

function foundation(branding: Branding | undefined): readonly string[] {
  const ownStyle = accentStyle(branding);
  return [
    "default-src 'none'",
    `style-src ${styleHash}${ownStyle === undefined ? '' : ` ${hashOf(ownStyle)}`}`,
    "img-src 'self' data:",
    "base-uri 'none'",
  ];
}

/**
 * The policy of a full page: no script, pictures of its own host, styles by their hash, never inside a frame.
 * @param formTargets further origins that a form of this page may end up at. Browsers apply `form-action` to redirects
 *   too, so a sign-out that goes on to the provider is blocked unless the provider's origin is named.
 */
export function fullPagePolicy(branding: Branding | undefined, formTargets: readonly string[] = []): string {
  const origins = formTargets.map((target) => new URL(target).origin).filter((origin) => origin !== 'null');
  const formAction = ["form-action 'self'", ...new Set(origins)].join(' ');
  return [...foundation(branding), formAction, "frame-ancestors 'none'"].join('; ');
}

/**
 * The policy of a small page for a frame. A refusal inside a frame must be seen, so any page may frame it; that is safe
 * because it has no form, names nobody, and only links to a full page in the whole window.
 */
export function framedPagePolicy(branding: Branding | undefined): string {
  return [...foundation(branding), "form-action 'none'"].join('; ');
}

/**
 * The policy of a page with a script: files of our own host alone.
 * @param asks whether the script may ask our own host for something, and nobody else
 */
export function scriptPagePolicy(branding: Branding | undefined, asks: boolean): string {
  return [fullPagePolicy(branding), "script-src 'self'", ...(asks ? ["connect-src 'self'"] : [])].join('; ');
}
