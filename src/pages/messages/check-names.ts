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

/** The name of a check in words; a check that we have no words for is called by its own name. */
export function nameCheck(check: string, language: Language): string {
  return checkNames.get(check)?.[language].name ?? beginLarge(check.replaceAll('_', ' '));
}

/** A check in words with the state that was seen, where that is a plain yes or no: "Disk encryption is off". */
export function describeCheck(check: string, value: string | number | boolean | undefined, language: Language): string {
  const words = checkNames.get(check)?.[language];
  if (value === true && words?.whenTrue !== undefined) return words.whenTrue;
  if (value === false && words?.whenFalse !== undefined) return words.whenFalse;
  return nameCheck(check, language);
}

function beginLarge(text: string): string {
  const [first = ''] = text;
  return first.toUpperCase() + text.slice(first.length);
}
