import type { CommandOutput, DevicePorts } from './device-ports.ts';
import type { MaybeFacts } from './own-facts.ts';

/** Reads a Mac by the commands of the system; none of them needs an administrator. */
export async function readMacFacts({ run }: DevicePorts): Promise<MaybeFacts> {
  const [version, vault, firewall, lock] = await Promise.all([
    run('/usr/bin/sw_vers', ['-productVersion']),
    run('/usr/bin/fdesetup', ['status']),
    run('/usr/libexec/ApplicationFirewall/socketfilterfw', ['--getglobalstate']),
    run('/usr/sbin/sysadminctl', ['-screenLock', 'status']),
  ]);
  return {
    platform: 'macos',
    os_version: /^\d{1,3}(\.\d{1,4}){0,3}$/.exec(textOf(version).trim())?.[0],
    disk_encrypted: readFileVault(textOf(vault)),
    firewall: readFirewall(textOf(firewall)),
    screen_lock: readScreenLock(textOf(lock)),
  };
}

/** `sysadminctl` speaks on stderr. */
function textOf(output: CommandOutput | undefined): string {
  return output?.code === 0 ? `${output.stdout}\n${output.stderr}` : '';
}

/** While a disk is being encrypted it is neither: a part of it can be read. */
function readFileVault(text: string): boolean | undefined {
  if (/(en|de)cryption in progress/i.test(text)) return /FileVault is Off/.test(text) ? false : undefined;
  if (/FileVault is On\./.test(text)) return true;
  return /FileVault is Off\./.test(text) ? false : undefined;
}

/** 0 off, 1 on, 2 on for everything that is not essential. */
function readFirewall(text: string): boolean | undefined {
  const state = /State = ([012])\)/.exec(text)?.[1];
  return state === undefined ? undefined : state !== '0';
}

function readScreenLock(text: string): boolean | undefined {
  if (/screenLock (delay )?is (immediate|\d+(\.\d+)? seconds?)/i.test(text)) return true;
  return /screenLock is off/i.test(text) ? false : undefined;
}
