import { describe, expect, test } from '@jest/globals';
import { compileConfiguration } from '../../../src/config/load-configuration.ts';
import { baseConfiguration, basePorts } from '../../support/config-files.ts';

/** The base configuration with these keys added to its first route. */
async function compile(keys: string) {
  const text = baseConfiguration.replace(
    /^( +)(from: )/m,
    (_, indent: string, from) => `${indent}${keys}\n${indent}${from}`,
  );
  const loaded = { file: 'postern.yaml', folder: '/etc/postern' };
  const result = await compileConfiguration(text, await basePorts(), loaded);
  return result.outcome === 'refused' ? result.problems.map(({ message }) => message) : result.snapshot.routes[0];
}

describe('what a route says of its app', () => {
  test('the head of an answer may have 16 KiB, or as much as the route takes', async () => {
    expect(await compile('disclose: kind')).toMatchObject({ target: { headerBytes: 16_384 } });
    expect(await compile('upstream: { header_bytes: 64KiB }')).toMatchObject({ target: { headerBytes: 65_536 } });
    expect(await compile('upstream: { header_bytes: 2MiB }')).toEqual([expect.any(String)]);
  });

  test('posts of other sites are taken at the paths that it lists, and at none otherwise', async () => {
    expect(await compile('disclose: kind')).toMatchObject({ crossSitePosts: undefined });
    expect(await compile('cross_site_posts: [/acs]')).toMatchObject({ crossSitePosts: new Set(['/acs']) });
    expect(await compile('cross_site_posts: [/a/../acs]')).toEqual([expect.any(String)]);
    expect(await compile('cross_site_posts: []')).toEqual([expect.any(String)]);
  });

  test('a service worker that answers navigations is there where it says so', async () => {
    expect(await compile('disclose: kind')).toMatchObject({ hasServiceWorker: false });
    expect(await compile('service_worker: true')).toMatchObject({ hasServiceWorker: true });
  });

  test('a list of such paths where nobody signs in is an error', async () => {
    expect(await compile('cross_site_posts: [/acs]\n    public: true')).toContain(
      '"cross_site_posts" has no meaning on a public route',
    );
  });
});
