/** Somebody to sign in as. Invented; there are no passwords in the demo. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly groups: readonly string[];
  /** For the banner and the sign-in page. */
  readonly note: string;
  /** The device that is theirs; `undefined`: none that anybody knows. */
  readonly device: DemoDevice | undefined;
}

/** A device with a certificate, and what the admin API says of it when the demo starts. */
export interface DemoDevice {
  readonly id: string;
  readonly facts: Readonly<Record<string, string | boolean>>;
}

const healthy = { disk_encrypted: true, screen_lock: true, firewall: true, os_version: '14.6' };

/** The cast: between them they meet every kind of answer. */
export const people: readonly Person[] = [
  {
    id: 'ada',
    name: 'Ada Okafor',
    email: 'ada@corp.example',
    groups: ['engineering', 'finance'],
    note: 'healthy laptop',
    device: { id: 'ada-laptop', facts: healthy },
  },
  {
    id: 'lin',
    name: 'Lin Castellanos',
    email: 'lin@corp.example',
    groups: ['engineering', 'operations'],
    note: 'disk not encrypted',
    device: { id: 'lin-laptop', facts: { ...healthy, disk_encrypted: false } },
  },
  {
    id: 'noor',
    name: 'Noor Haddad',
    email: 'noor@corp.example',
    groups: ['operations'],
    note: 'healthy laptop',
    device: { id: 'noor-laptop', facts: healthy },
  },
  {
    id: 'kim',
    name: 'Kim Lindqvist',
    email: 'kim@corp.example',
    groups: ['contractors'],
    note: 'unknown device',
    device: undefined,
  },
];

/** Every device that gets a certificate. */
export const devices: readonly DemoDevice[] = people.flatMap((person) => person.device ?? []);

/** Finds a person by what they type or press; upper and lower case are one. */
export function findPerson(login: string): Person | undefined {
  const id = login.trim().toLowerCase();
  return people.find((person) => person.id === id || person.email === id);
}
