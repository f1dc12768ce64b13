import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import { pngOf, svgOf } from '../../support/pictures.ts';
import { startWorld, type World } from '../../support/world.ts';

describe('the branding of a company', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  /** A page of ours at the sign-in host, and one at an app's host. */
  const pages = () => [world.url('auth', '/nothing'), world.url('wiki', '/.postern/nothing')];
  const pageAt = (url: string) => world.browser().send(url, { headers: clientKinds.document });
  const logoAt = (html: string) => /<img class="logo" src="([^"]+)"/.exec(html)?.[1];

  async function reloadWith(branding: string): Promise<void> {
    writeFileSync(world.file, `${world.text}\n${branding}`);
    const answer = await world.admin('/api/v1/reload', { method: 'POST' });
    expect(answer.status).toBe(200);
  }

  test('is taken up by a reload, at the sign-in host and at each app', async () => {
    for (const url of pages()) expect((await pageAt(url)).body).toContain('· Postern</title>');
    writeFileSync(join(world.folder, 'logo'), svgOf());
    await reloadWith('branding: { name: Corp, logo: logo, help: it@corp.example, accent: "#7a0046" }\n');
    for (const url of pages()) {
      const { body, headers } = await pageAt(url);
      expect(body).toContain('· Corp</title>');
      expect(body).toContain('mailto:it@corp.example');
      for (const [, style = ''] of body.matchAll(/<style>([\s\S]*?)<\/style>/g))
        expect(headers['content-security-policy']).toContain(createHash('sha256').update(style).digest('base64'));
      const logo = await world.browser().send(new URL(logoAt(body) ?? '', url).href);
      expect(logo.body).toBe(svgOf());
      expect(logo.headers).toMatchObject({
        'content-type': 'image/svg+xml',
        'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        'x-content-type-options': 'nosniff',
      });
    }
  });

  test('follows its files: another logo has another address, though the text is the same', async () => {
    writeFileSync(join(world.folder, 'logo'), svgOf());
    await reloadWith('branding: { name: Corp, logo: logo }\n');
    const before = logoAt((await pageAt(world.url('wiki', '/.postern/nothing'))).body);
    writeFileSync(join(world.folder, 'logo'), pngOf(40, 40));
    await reloadWith('branding: { name: Corp, logo: logo }\n');
    const after = logoAt((await pageAt(world.url('wiki', '/.postern/nothing'))).body);
    expect(after).not.toBe(before);
    const logo = await world.browser().send(world.url('wiki', after));
    expect(logo.headers['content-type']).toBe('image/png');
  });

  test('keeps what runs when its logo is none, and tells nothing of the file', async () => {
    await reloadWith('branding: { name: Corp }\n');
    writeFileSync(join(world.folder, 'logo'), 'the password of the database');
    writeFileSync(world.file, `${world.text}\nbranding: { name: Other, logo: logo }\n`);
    const answer = await world.admin('/api/v1/reload', { method: 'POST' });
    expect(answer.status).not.toBe(200);
    expect(answer.body).toContain('P037');
    expect(answer.body).not.toContain('password');
    expect((await pageAt(world.url('wiki', '/.postern/nothing'))).body).toContain('· Corp</title>');
  });

  test('without a logo has none to be asked for', async () => {
    await reloadWith('branding: { name: Corp }\n');
    for (const host of ['auth', 'wiki'])
      expect((await world.browser().send(world.url(host, '/.postern/logo'))).status).toBe(404);
  });
});
