import { parseDomain } from '../../config/values/identity.ts';
import { type DraftRule, leftOut, note, type Remark } from './draft.ts';
import { limitsOfApi } from './oauth2-proxy-provider.ts';
import { recordOf, textOf, textsOf } from './source-value.ts';

/** Who may open the apps. Where that is not sure there is no rule, and nobody may. */
export function rulesOf(options: Readonly<Record<string, unknown>>): {
  readonly rules: readonly DraftRule[];
  readonly remarks: readonly Remark[];
} {
  const remarks: Remark[] = [];
  const limits = limitsOfApi(options);
  if (limits.length > 0) {
    const keys = limits.join(', ');
    remarks.push(
      leftOut(
        `${keys} asked the provider's own API who is a member; a token does not say that. Nobody is let in until you write a rule under allow:.`,
      ),
    );
    return { rules: [], remarks };
  }
  const domains = textsOf(options.email_domains ?? options.email_domain);
  const isEveryone = domains.includes('*');
  const exact = domains.filter((domain) => domain !== '*' && parseDomain(domain).ok);
  const strange = domains.filter((domain) => domain !== '*' && !parseDomain(domain).ok);
  if (strange.length > 0 && !isEveryone)
    remarks.push(leftOut(`The domains ${strange.join(', ')}: domains are exact here, list each one.`));
  if (textOf(options.authenticated_emails_file) !== undefined && !isEveryone)
    remarks.push(
      leftOut(
        `The addresses in ${textOf(options.authenticated_emails_file)}: write them into a rule, emails: [ada@corp.example].`,
      ),
    );
  if (!isEveryone && exact.length === 0) {
    remarks.push(
      leftOut('The file names no domain of addresses. Nobody is let in until you write a rule under allow:.'),
    );
    return { rules: [], remarks };
  }
  const tenants = textsOf(options.entra_id_allowed_tenants);
  const ofTenant = tenants.length === 0 ? {} : { claims: { tid: tenants } };
  const who = isEveryone ? ofTenant : { ...ofTenant, domains: exact.map((domain) => domain.toLowerCase()) };
  const base = tenants.length > 0 ? 'tenants' : isEveryone ? 'everyone' : 'domains';
  const groups = [
    ...textsOf(options.allowed_groups),
    ...textsOf(options.keycloak_groups),
    ...textsOf(options.gitlab_groups),
  ];
  const roles = textsOf(options.allowed_roles);
  if (groups.length === 0 && roles.length === 0) {
    const all = note('email_domains was "*": everyone who can sign in at the provider is let in, as there.');
    const isOfAll = isEveryone && tenants.length === 0;
    return { rules: [{ effect: 'allow', id: base, keys: who, remarks: isOfAll ? [all] : [] }], remarks };
  }
  return {
    rules: [
      ...(groups.length === 0
        ? []
        : [{ effect: 'allow', id: 'groups', keys: { ...who, groups }, remarks: [] } as const]),
      ...roles.map((role, index): DraftRule => roleRule(role, index, who)),
    ],
    remarks,
  };
}

/** Keycloak writes roles into claims of their own; `CLIENT:ROLE` is a role of a client. */
function roleRule(role: string, index: number, who: Readonly<Record<string, unknown>>): DraftRule {
  const [client, name] = role.includes(':')
    ? [role.slice(0, role.indexOf(':')), role.slice(role.indexOf(':') + 1)]
    : [];
  const claim = client === undefined ? 'realm_access.roles' : `resource_access.${client}.roles`;
  return {
    effect: 'allow',
    id: `role-${index + 1}`,
    keys: { ...who, claims: { ...recordOf(who['claims']), [claim]: name ?? role } },
    remarks: [note('Keycloak must write roles into the ID token or the userinfo: its mapper has a switch for each.')],
  };
}
