import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type DevelopmentCertificates,
  makeDevelopmentCertificates,
} from '../../deploy/demo/development-certificates.ts';
import { closeServer, listenOnLoopback } from '../../deploy/demo/listen.ts';
import { launchBrowser } from '../support/browser.ts';

let folder: string;
let certificates: DevelopmentCertificates;
let server: Server;
let origin: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-device-'));
  const hosts = ['console.localhost'];
  certificates = await makeDevelopmentCertificates(folder, { hosts, apps: [], devices: ['ada-laptop'] });
  server = createServer({
    cert: readFileSync(certificates.server.certificate),
    key: readFileSync(certificates.server.key),
    ca: readFileSync(certificates.deviceCa),
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.on('request', (request, response) => {
    const socket = request.socket as TLSSocket;
    response.end(socket.authorized ? socket.getPeerCertificate().subject.CN : 'no device');
  });
  origin = `https://console.localhost:${await listenOnLoopback(server, 0)}`;
});

afterAll(async () => {
  await closeServer(server);
  await rm(folder, { recursive: true });
});

const device = () => ({
  ca: certificates.ca,
  ...(certificates.devices['ada-laptop'] && { device: certificates.devices['ada-laptop'] }),
});

async function readPage(options: Parameters<typeof launchBrowser>[0]): Promise<string> {
  const browser = await launchBrowser(options);
  try {
    const page = await browser.context.newPage();
    await page.goto(origin);
    return await page.innerText('body');
  } finally {
    await browser.close();
  }
}

describe('a browser of the tests', () => {
  test('shows its device certificate without asking', async () => {
    expect(await readPage(device())).toBe('ada-laptop');
  });

  test('without a device certificate is nobody known', async () => {
    expect(await readPage({ ca: certificates.ca })).toBe('no device');
  });

  test('does not open a page of an authority that it was not told to trust', async () => {
    await expect(readPage({})).rejects.toThrow('ERR_CERT_AUTHORITY_INVALID');
  });
});
