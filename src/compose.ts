import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createJudge } from './access/create-judge.ts';
import { createAdminApp } from './admin/admin-app.ts';
import { createAuditTrail } from './audit/audit-trail.ts';
import type { ListenAddress, Snapshot } from './config/snapshot.ts';
import { createDecisionIdGenerator } from './decision/decision-id.ts';
import { createDevices } from './devices/create-devices.ts';
import { createArrivalDirectory } from './gateway/arrival-directory.ts';
import { createAssertionKeys } from './gateway/assertion/assertion-keys.ts';
import { createAssertionSigner } from './gateway/assertion/assertion-signer.ts';
import { createGateway, type Gateway } from './gateway/gateway.ts';
import type { GatewayParts } from './gateway/gateway-parts.ts';
import { createIdentityApp } from './identity/identity-app.ts';
import { createMetrics } from './metrics/create-metrics.ts';
import { createPageRenderer } from './pages/create-page-renderer.tsx';
import { createRisk } from './risk/create-risk.ts';
import { drain } from './server/drain.ts';
import { type OpenListeners, openAllListeners } from './server/open-all-listeners.ts';
import { createPeerCertificateReader } from './server/peer-certificate.ts';
import { assertPlainHttpIsLocal } from './server/plain-http-guard.ts';
import { createRandomFraction } from './server/random-fraction.ts';
import { createSessions } from './sessions/create-sessions.ts';
import { createSingleSignOnStore } from './sessions/single-sign-on-store.ts';
import { createSqliteStore } from './state/sqlite-store.ts';
import { createStreamRegistry } from './streams/create-stream-registry.ts';
import { createForwarder } from './upstream/create-forwarder.ts';
import { createTunnelOpener } from './upstream/tunnel.ts';

/** What a program is made from. */
export interface ComposeOptions {
  readonly configuration: Snapshot;
  /** Plain HTTP beside TLS, for trying things out on one computer (SECURITY.md 22): loopback only, hosts under localhost. */
  readonly plainHttp?: ListenAddress | undefined;
  /** A line on every page says so, and a provider at `http://` on loopback is accepted. Never in service. */
  readonly isDevelopment?: boolean | undefined;
  readonly log: GatewayParts['log'];
  /** Milliseconds since 1970; default: the system's clock. Tests pass their own. */
  readonly now?: (() => number) | undefined;
}
