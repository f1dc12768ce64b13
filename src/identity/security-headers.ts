import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * Our own headers for our own pages. The policy is the pages'; what it leaves open and default-src does not cover is
 * closed here. `form-action 'self'` is enough: signing out answers the form itself, since browsers apply form-action to
 * the redirects of a form too.
 * @param policy the value of a Content-Security-Policy header
 */
export function createSecurityHeaders(policy: string): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
        ...parsePolicy(policy),
      },
    },
    crossOriginEmbedderPolicy: false,
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    originAgentCluster: true,
    referrerPolicy: { policy: 'no-referrer' },
    // It depends on the listener that was asked, so each answer sets its own.
    strictTransportSecurity: false,
    xContentTypeOptions: true,
    xDnsPrefetchControl: { allow: false },
    xDownloadOptions: false,
    xFrameOptions: { action: 'deny' },
    xPermittedCrossDomainPolicies: { permittedPolicies: 'none' },
    xPoweredBy: true,
    xXssProtection: false,
  });
}

function parsePolicy(policy: string): Record<string, string[]> {
  const directives: Record<string, string[]> = {};
  for (const directive of policy.split(';')) {
    const [name, ...values] = directive.trim().split(/\s+/);
    if (name !== undefined && name !== '') directives[name.toLowerCase()] = values;
  }
  if (directives['default-src'] === undefined) directives['default-src'] = ["'none'"];
  return directives;
}
