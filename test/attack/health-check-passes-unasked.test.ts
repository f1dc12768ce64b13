import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWorld, type World } from '../support/world.ts';

describe('somebody who looks like a health check', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  test.each([
    'kube-probe/1.30',
    'GoogleHC/1.0',
    'ELB-HealthChecker/2.0',
    'Amazon-Route53-Health-Check-Service',
    'Prometheus/3.0',
    'Consul Health Check',
    'Postern',
    '',
  ])('gets no byte of an app: %j', async (agent) => {
    for (const path of ['/', '/healthz', '/health', '/ping', '/ready', '/favicon.ico', '/robots.txt']) {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        const headers = { 'user-agent': agent, accept: '*/*', 'sec-fetch-mode': '', 'x-health-check': '1' };
        const answer = await world.browser().send(world.url('wiki', path), { method, headers });
        expect([401, 403]).toContain(answer.status);
      }
    }
    expect(world.app.seen).toEqual([]);
  });
});
