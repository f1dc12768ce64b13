import * as z from 'zod';
import { credentialHash, name } from './text-values.ts';

/** A machine that may ask by itself. Its credential is named by a hash, so that the file opens nothing. */
export const serviceSchema = z.strictObject({
  id: name.describe('Names the service in rules, in the audit trail and to apps; unique.'),
  token_hash: credentialHash
    .optional()
    .describe('SHA-256 of its bearer token (pst_…). postern service token makes one and prints this line.'),
  certificate_spki: credentialHash
    .optional()
    .describe(
      'SHA-256 of the public key in its client certificate (postern service spki FILE). The key is the trust: who signed the certificate is not asked, its validity is. Needs server.tls.client_ca, without which certificates are not asked for.',
    ),
});
