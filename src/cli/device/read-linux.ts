import { z } from 'zod';
import type { CommandOutput, DevicePorts } from './device-ports.ts';
import type { MaybeFacts } from './own-facts.ts';

/** Reads a Linux machine: files that everybody may read, and commands; as root it also sees the rules of nftables. */
export async function readLinuxFacts(ports: DevicePorts): Promise<MaybeFacts> {
  const [release, disk_encrypted, firewall, screen_lock] = await Promise.all([
    ports.readText('/etc/os-release'),
    readEncryption(ports),
    readFirewall(ports),
    readScreenLock(ports),
  ]);
  return { platform: 'linux', ...readRelease(release), disk_encrypted, firewall, screen_lock };
}

/** os-release(5): `ID` and `VERSION_ID`. A rolling distribution has no version. */
function readRelease(text: string | undefined): MaybeFacts {
  const fieldOf = (key: string) =>
    new RegExp(`^${key}=(["']?)([A-Za-z0-9._-]{1,64})\\1\\s*$`, 'm').exec(text ?? '')?.[2];
  const version = fieldOf('VERSION_ID');
  return {
    os_name: fieldOf('ID'),
    os_version: version !== undefined && /^\d+(\.\d+)*$/.test(version) ? version : undefined,
  };
}

const mounts = z.object({ filesystems: z.array(z.object({ source: z.string() })) });
interface Block {
  readonly type: string;
  readonly children?: readonly Block[] | undefined;
}
const block: z.ZodType<Block> = z.lazy(() => z.object({ type: z.string(), children: z.array(block).optional() }));
const blocks = z.object({ blockdevices: z.array(block) });

/** Whether everything under `/` goes through dm-crypt. File systems that encrypt by themselves cannot be told so. */
async function readEncryption({ run }: DevicePorts): Promise<boolean | undefined> {
  const found = readJson(await run('findmnt', ['--json', '--nofsroot', '--output', 'SOURCE', '--target', '/']), mounts);
  const source = found?.filesystems[0]?.source;
  if (source === undefined || !source.startsWith('/dev/')) return undefined;
  const tree = readJson(await run('lsblk', ['--json', '--inverse', '--output', 'NAME,TYPE', source]), blocks);
  if (tree === undefined || tree.blockdevices.length === 0) return undefined;
  return tree.blockdevices.every(isEncrypted);
}

/** In the inverse tree children are what a device lies on: each way down to a disk must pass through encryption. */
function isEncrypted({ type, children = [] }: Block): boolean {
  if (type === 'crypt') return true;
  return children.length > 0 && children.every(isEncrypted);
}

const ruleset = z.object({
  nftables: z.array(
    z.looseObject({
      chain: z
        .object({
          family: z.string(),
          table: z.string(),
          name: z.string(),
          hook: z.string().optional(),
          policy: z.string().optional(),
        })
        .optional(),
      rule: z.object({ family: z.string(), table: z.string(), chain: z.string() }).optional(),
    }),
  ),
});

/**
 * On where firewalld or ufw run, or where rules for what comes in are loaded. Only root sees the rules; for everybody else
 * "no known service runs" does not mean that there is no firewall.
 */
async function readFirewall({ run, readText }: DevicePorts): Promise<boolean | undefined> {
  const [firewalld, ufw, ufwConfig, rules] = await Promise.all([
    run('systemctl', ['is-active', 'firewalld.service']),
    run('systemctl', ['is-active', 'ufw.service']),
    readText('/etc/ufw/ufw.conf'),
    run('nft', ['--json', 'list', 'ruleset']),
  ]);
  if (isActive(firewalld)) return true;
  if (isActive(ufw) && /^ENABLED=yes\s*$/im.test(ufwConfig ?? '')) return true;
  const loaded = readJson(rules, ruleset);
  if (loaded === undefined) return undefined;
  const incoming = loaded.nftables.flatMap(({ chain }) => (chain?.hook === 'input' ? [chain] : []));
  return incoming.some(
    (chain) =>
      chain.policy === 'drop' ||
      loaded.nftables.some(
        ({ rule }) => rule?.chain === chain.name && rule.table === chain.table && rule.family === chain.family,
      ),
  );
}

function isActive(output: CommandOutput | undefined): boolean {
  return output?.code === 0 && output.stdout.trim() === 'active';
}

/** By the desktop that runs, as the person who is signed in; without a desktop there is nothing to tell. */
async function readScreenLock({ run, env }: DevicePorts): Promise<boolean | undefined> {
  const desktop = (env['XDG_CURRENT_DESKTOP'] ?? '').toLowerCase().split(':');
  if (desktop.some((name) => name === 'gnome' || name === 'unity' || name === 'ubuntu')) {
    const [enabled, idle] = await Promise.all([
      run('gsettings', ['get', 'org.gnome.desktop.screensaver', 'lock-enabled']),
      run('gsettings', ['get', 'org.gnome.desktop.session', 'idle-delay']),
    ]);
    const isEnabled = readBoolean(enabled);
    const idleSeconds = idle?.code === 0 ? /^uint32 (\d{1,10})$/.exec(idle.stdout.trim())?.[1] : undefined;
    if (isEnabled === undefined || idleSeconds === undefined) return undefined;
    return isEnabled && Number(idleSeconds) > 0;
  }
  if (desktop.includes('kde')) {
    for (const command of ['kreadconfig6', 'kreadconfig5']) {
      const output = await run(command, [
        '--file',
        'kscreenlockerrc',
        '--group',
        'Daemon',
        '--key',
        'Autolock',
        '--default',
        'true',
      ]);
      if (output !== undefined) return readBoolean(output);
    }
  }
  return undefined;
}

function readBoolean(output: CommandOutput | undefined): boolean | undefined {
  const text = output?.code === 0 ? output.stdout.trim() : '';
  if (text !== 'true' && text !== 'false') return undefined;
  return text === 'true';
}

function readJson<Value>(output: CommandOutput | undefined, schema: z.ZodType<Value>): Value | undefined {
  if (output?.code !== 0) return undefined;
  try {
    return schema.safeParse(JSON.parse(output.stdout)).data;
  } catch {
    return undefined;
  }
}
