/** One definition for configuration and judgement: an address must not be one person here and another there. */
export { canonicalDomain, canonicalEmail, canonicalEmailClaim } from '../../policy/canonical-email.ts';
