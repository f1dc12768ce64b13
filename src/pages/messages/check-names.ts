import type { Language } from './choose-language.ts';

interface CheckName {
  readonly name: string;
  /** Said in place of the name when the value is a plain true or false. */
  readonly whenTrue?: string;
  readonly whenFalse?: string;
}

const checkNames: ReadonlyMap<string, Readonly<Record<Language, CheckName>>> = new Map([
  [
    'disk_encrypted',
    {
      en: { name: 'Disk encryption', whenTrue: 'Disk encryption is on', whenFalse: 'Disk encryption is off' },
      de: {
        name: 'Festplatten\u00adverschlüsselung',
        whenTrue: 'Die Festplatte ist verschlüsselt',
        whenFalse: 'Die Festplatte ist nicht verschlüsselt',
      },
    },
  ],
  [
    'screen_lock',
    {
      en: { name: 'Screen lock', whenTrue: 'The screen lock is on', whenFalse: 'The screen lock is off' },
      de: {
        name: 'Bildschirmsperre',
        whenTrue: 'Die Bildschirmsperre ist an',
        whenFalse: 'Die Bildschirmsperre ist aus',
      },
    },
  ],
  [
    'firewall',
    {
      en: { name: 'Firewall', whenTrue: 'The firewall is on', whenFalse: 'The firewall is off' },
      de: { name: 'Firewall', whenTrue: 'Die Firewall ist an', whenFalse: 'Die Firewall ist aus' },
    },
  ],
  [
    'os_version',
    {
      en: { name: 'Operating system version' },
      de: { name: 'Version des Betriebssystems' },
    },
  ],
]);

/** What a check asks for beyond plain yes: `os_version >= 14.0` is `os_version` with at least 14.0. */
export interface CheckNeed {
  readonly operator: '>=' | '>' | '<=' | '<' | '==' | '!=';
  readonly value: string;
}

const comparison = /^([a-z][a-z0-9_]{0,63})\s*(>=|<=|==|!=|>|<)\s*(\S.{0,255})$/;

const needs: ReadonlyMap<string, CheckNeed['operator']> = new Map(
  (['>=', '>', '<=', '<', '==', '!='] as const).map((operator) => [operator, operator]),
);

function factOf(check: string): string {
  return comparison.exec(check)?.[1] ?? check;
}

/** The comparison that a check makes; `undefined` where it asks for a plain yes. */
export function needOf(check: string): CheckNeed | undefined {
  const found = comparison.exec(check);
  const operator = needs.get(found?.[2] ?? '');
  const value = found?.[3];
  return operator === undefined || value === undefined ? undefined : { operator, value };
}

/** A name of the configuration as words: `managed_laptop` and `managed-laptop` are "Managed laptop". */
export function nameInWords(name: string): string {
  const words = name.split(/[_-]+/).filter((word) => word !== '');
  const [first = '', ...rest] = words.map((word) => (abbreviations.has(word) ? word.toUpperCase() : word)).join(' ');
  return first.toUpperCase() + rest.join('');
}

/** Words that are written in capitals. */
const abbreviations: ReadonlySet<string> = new Set(['edr', 'mdm', 'os', 'tpm', 'usb', 'vpn']);

/** The name of a check in words, without what it compares with; one that we have no words for is called by its own name. */
export function nameCheck(check: string, language: Language): string {
  const fact = factOf(check);
  return checkNames.get(fact)?.[language].name ?? nameInWords(fact);
}

/** A check in words with the state that was seen, where that is a plain yes or no: "Disk encryption is off". */
export function describeCheck(check: string, value: string | number | boolean | undefined, language: Language): string {
  const words = checkNames.get(factOf(check))?.[language];
  if (value === true && words?.whenTrue !== undefined) return words.whenTrue;
  if (value === false && words?.whenFalse !== undefined) return words.whenFalse;
  return nameCheck(check, language);
}
