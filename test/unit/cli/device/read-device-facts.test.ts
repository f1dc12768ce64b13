import { describe, expect, test } from '@jest/globals';
import { installHint } from '../../../../src/cli/device/install-hint.ts';
import { readFacts } from '../../../../src/cli/device/known-devices.ts';
import { readDeviceFacts } from '../../../../src/cli/device/read-device-facts.ts';
import { recordedDevice } from '../../../support/recorded-device.ts';

const mac = {
  '/usr/bin/sw_vers -productVersion': '14.2.1\n',
  '/usr/bin/fdesetup status': 'FileVault is On.\n',
  '/usr/libexec/ApplicationFirewall/socketfilterfw --getglobalstate': 'Firewall is enabled. (State = 1)\n',
  '/usr/sbin/sysadminctl -screenLock status': {
    stderr: '2026-01-05 10:00:00.123 sysadminctl[4711:99] screenLock delay is immediate\n',
  },
};
const release = 'PRETTY_NAME="Ubuntu 24.04.1 LTS"\nNAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n';
const mount = (source: string) => JSON.stringify({ filesystems: [{ source }] });
const findmnt = 'findmnt --json --nofsroot --output SOURCE --target /';
const lsblk = (source: string) => `lsblk --json --inverse --output NAME,TYPE ${source}`;
const disk = { name: 'nvme0n1', type: 'disk' };
const part = { name: 'nvme0n1p3', type: 'part', children: [disk] };
const crypt = { name: 'luks', type: 'crypt', children: [part] };
const blocks = (device: object) => JSON.stringify({ blockdevices: [device] });

describe('a Mac', () => {
  test('is read by the commands of the system', async () => {
    expect(await readDeviceFacts(recordedDevice('darwin', mac))).toEqual({
      platform: 'macos',
      os_version: '14.2.1',
      disk_encrypted: true,
      firewall: true,
      screen_lock: true,
    });
  });

  test.each([
    ['/usr/bin/fdesetup status', 'FileVault is Off.\n', { disk_encrypted: false }],
    [
      '/usr/bin/fdesetup status',
      'FileVault is On.\nEncryption in progress: Percent completed = 31\n',
      { disk_encrypted: undefined },
    ],
    [
      '/usr/bin/fdesetup status',
      'FileVault is On.\nDecryption in progress: Percent completed = 31\n',
      { disk_encrypted: undefined },
    ],
    ['/usr/bin/fdesetup status', 'fdesetup: something new\n', { disk_encrypted: undefined }],
    [
      '/usr/libexec/ApplicationFirewall/socketfilterfw --getglobalstate',
      'Firewall is disabled. (State = 0)\n',
      { firewall: false },
    ],
    [
      '/usr/libexec/ApplicationFirewall/socketfilterfw --getglobalstate',
      'Firewall is blocking all non-essential incoming connections. (State = 2)\n',
      { firewall: true },
    ],
    [
      '/usr/sbin/sysadminctl -screenLock status',
      { stderr: 'sysadminctl[1:2] screenLock delay is 300 seconds\n' },
      { screen_lock: true },
    ],
    [
      '/usr/sbin/sysadminctl -screenLock status',
      { stderr: 'sysadminctl[1:2] screenLock is off\n' },
      { screen_lock: false },
    ],
    ['/usr/bin/sw_vers -productVersion', 'Sequoia', { os_version: undefined }],
  ])('whose %s says %j', async (command, output, expected) => {
    const facts = await readDeviceFacts(recordedDevice('darwin', { ...mac, [command]: output }));
    expect({ ...facts }).toEqual(
      Object.fromEntries(
        Object.entries({
          platform: 'macos',
          os_version: '14.2.1',
          disk_encrypted: true,
          firewall: true,
          screen_lock: true,
          ...expected,
        }).filter(([, value]) => value !== undefined),
      ),
    );
  });

  test('of which nothing can be read says only what it is', async () => {
    expect(await readDeviceFacts(recordedDevice('darwin', {}))).toEqual({ platform: 'macos' });
    const failing = Object.fromEntries(
      Object.keys(mac).map((command) => [command, { code: 1, stdout: 'FileVault is On. 14.2.1 (State = 1)' }]),
    );
    expect(await readDeviceFacts(recordedDevice('darwin', failing))).toEqual({ platform: 'macos' });
  });
});

describe('a Linux machine', () => {
  const read = (outputs: Parameters<typeof recordedDevice>[1], files = {}, env = {}) =>
    readDeviceFacts(recordedDevice('linux', outputs, { '/etc/os-release': release, ...files }, env));

  test('is read by files and commands', async () => {
    const outputs = {
      [findmnt]: mount('/dev/mapper/luks'),
      [lsblk('/dev/mapper/luks')]: blocks(crypt),
      'systemctl is-active ufw.service': 'active\n',
      'gsettings get org.gnome.desktop.screensaver lock-enabled': 'true\n',
      'gsettings get org.gnome.desktop.session idle-delay': 'uint32 300\n',
    };
    expect(
      await read(outputs, { '/etc/ufw/ufw.conf': '# comment\nENABLED=yes\n' }, { XDG_CURRENT_DESKTOP: 'ubuntu:GNOME' }),
    ).toEqual({
      platform: 'linux',
      os_name: 'ubuntu',
      os_version: '24.04',
      disk_encrypted: true,
      firewall: true,
      screen_lock: true,
    });
  });

  test.each([
    ['LVM on LUKS', { name: 'vg-root', type: 'lvm', children: [crypt] }, true],
    ['LVM on a bare partition', { name: 'vg-root', type: 'lvm', children: [part] }, false],
    ['LVM on two, one of them bare', { name: 'vg-root', type: 'lvm', children: [crypt, part] }, false],
    ['a bare partition', part, false],
    ['a RAID of two encrypted ones', { name: 'md0', type: 'raid1', children: [crypt, crypt] }, true],
  ])('with %s', async (_, device, expected) => {
    const outputs = { [findmnt]: mount('/dev/mapper/root'), [lsblk('/dev/mapper/root')]: blocks(device) };
    expect(await read(outputs)).toMatchObject({ disk_encrypted: expected });
  });

  test.each([
    ['a root that is no block device', { [findmnt]: mount('overlay') }],
    ['a tree that is not told', { [findmnt]: mount('/dev/sda1'), [lsblk('/dev/sda1')]: blocks({ name: 'x' }) }],
    ['no such command', {}],
    ['an empty tree', { [findmnt]: mount('/dev/sda1'), [lsblk('/dev/sda1')]: '{"blockdevices":[]}' }],
  ])('with %s says nothing of encryption', async (_, outputs) => {
    expect(await read(outputs)).not.toHaveProperty('disk_encrypted');
  });

  const nft = 'nft --json list ruleset';
  const chain = { family: 'inet', table: 'filter', name: 'input', hook: 'input' };
  const rules = (...all: readonly object[]) =>
    JSON.stringify({ nftables: [{ metainfo: { version: '1.0.9' } }, ...all] });
  test.each([
    ['firewalld runs', { 'systemctl is-active firewalld.service': 'active\n' }, {}, true],
    [
      'ufw runs but is off',
      { 'systemctl is-active ufw.service': 'active\n' },
      { '/etc/ufw/ufw.conf': 'ENABLED=no\n' },
      undefined,
    ],
    [
      'nothing is known to run, and the rules are not for everybody to see',
      { [nft]: { code: 1, stdout: '' } },
      {},
      undefined,
    ],
    ['root sees a chain that drops', { [nft]: rules({ chain: { ...chain, policy: 'drop' } }) }, {}, true],
    [
      'root sees a chain with a rule',
      {
        [nft]: rules(
          { chain: { ...chain, policy: 'accept' } },
          { rule: { family: 'inet', table: 'filter', chain: 'input', expr: [] } },
        ),
      },
      {},
      true,
    ],
    ['root sees a chain that lets all in', { [nft]: rules({ chain: { ...chain, policy: 'accept' } }) }, {}, false],
    ['root sees no rules', { [nft]: rules() }, {}, false],
  ])('where %s', async (_, outputs, files, expected) => {
    expect((await read(outputs, files))?.['firewall']).toBe(expected);
  });

  test.each([
    [
      'GNOME without a lock',
      'GNOME',
      {
        'gsettings get org.gnome.desktop.screensaver lock-enabled': 'false\n',
        'gsettings get org.gnome.desktop.session idle-delay': 'uint32 300\n',
      },
      false,
    ],
    [
      'GNOME that is never idle',
      'GNOME',
      {
        'gsettings get org.gnome.desktop.screensaver lock-enabled': 'true\n',
        'gsettings get org.gnome.desktop.session idle-delay': 'uint32 0\n',
      },
      false,
    ],
    [
      'KDE',
      'KDE',
      { 'kreadconfig5 --file kscreenlockerrc --group Daemon --key Autolock --default true': 'true\n' },
      true,
    ],
    ['another desktop', 'sway', { 'gsettings get org.gnome.desktop.screensaver lock-enabled': 'true\n' }, undefined],
    ['no desktop', undefined, {}, undefined],
  ])('with %s', async (_, desktop, outputs, expected) => {
    expect((await read(outputs, {}, { XDG_CURRENT_DESKTOP: desktop }))?.['screen_lock']).toBe(expected);
  });

  test('of a rolling distribution has a name and no version', async () => {
    const facts = await read({}, { '/etc/os-release': 'NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n' });
    expect(facts).toEqual({ platform: 'linux', os_name: 'arch' });
  });
});

test('another system is not read at all', async () => {
  expect(await readDeviceFacts(recordedDevice('win32', {}))).toBeUndefined();
});

describe('a timer of the system', () => {
  const args = ['/usr/bin/node', '/opt/my postern/main.js', 'device', 'report', '--cert', '/etc/100%/a&b.crt'];

  test('is a unit of systemd, quoted', () => {
    const hint = installHint('linux', 900, args) ?? '';
    expect(hint).toContain(
      'ExecStart=/usr/bin/node "/opt/my postern/main.js" device report --cert "/etc/100%%/a&b.crt"\n',
    );
    expect(hint).toContain('OnUnitActiveSec=900s\n');
  });

  test('is an agent of launchd, escaped', () => {
    const hint = installHint('darwin', 900, args) ?? '';
    expect(hint).toContain('<string>/etc/100%/a&amp;b.crt</string>');
    expect(hint).toContain('<integer>900</integer>');
    expect(installHint('win32', 900, args)).toBeUndefined();
  });
});

test('facts on the command line are typed; a version stays a text', () => {
  expect(
    readFacts(['a=true', 'b=false', 'c=12.5', 'd="12"', 'os_version=14.10', 'e=corp laptop', 'f=', 'g=007']),
  ).toEqual({
    a: true,
    b: false,
    c: 12.5,
    d: '12',
    os_version: '14.10',
    e: 'corp laptop',
    f: null,
    g: '007',
  });
  expect(readFacts(['Disk=true'])).toContain('is no fact');
});
