import type { AddCommands } from './commands.ts';

interface CommandGroup {
  /** Every command that the group adds, aliases too. */
  readonly names: readonly string[];
  readonly load: () => Promise<AddCommands>;
}

/** In the order of the help. Whoever runs one command waits for the code of that command alone. */
export const commandGroups: readonly CommandGroup[] = [
  {
    names: ['init'],
    async load() {
      const { registerInit } = await import('./init/init-command.ts');
      return (command, program, context, exit) =>
        registerInit(command(program, 'init', 'write a first configuration, with secrets and tests'), context, exit);
    },
  },
  {
    names: ['test', 'whatif', 'can'],
    load: async () => (await import('./add-tryout-commands.ts')).addTryoutCommands,
  },
  { names: ['explain'], load: async () => (await import('./add-explain-command.ts')).addExplainCommand },
  {
    names: ['reload', 'status', 'routes', 'whoami', 'tail'],
    load: async () => (await import('./status-command.ts')).addServerCommands,
  },
  { names: ['who-can', 'access'], load: async () => (await import('./access-commands.ts')).addAccessCommands },
  { names: ['risk'], load: async () => (await import('./risk-commands.ts')).addRiskCommands },
  { names: ['device'], load: async () => (await import('./device/device-commands.ts')).addDeviceCommands },
  { names: ['sessions'], load: async () => (await import('./sessions-commands.ts')).addSessionsCommands },
  { names: ['lock', 'unlock', 'locks'], load: async () => (await import('./lock-commands.ts')).addLockCommands },
  { names: ['people'], load: async () => (await import('./people-commands.ts')).addPeopleCommands },
  { names: ['browsers'], load: async () => (await import('./browser-commands.ts')).addBrowserCommands },
  { names: ['rollout'], load: async () => (await import('./rollout-command.ts')).addRolloutCommands },
  { names: ['service'], load: async () => (await import('./service-commands.ts')).addServiceCommands },
  { names: ['audit'], load: async () => (await import('./audit-commands.ts')).addAuditCommands },
  { names: ['state'], load: async () => (await import('./state/state-commands.ts')).addStateCommands },
  { names: ['diff', 'simulate'], load: async () => (await import('./add-preview-commands.ts')).addPreviewCommands },
  { names: ['import'], load: async () => (await import('./import/import-command.ts')).addImportCommands },
  {
    names: ['fmt'],
    async load() {
      const { registerFmt } = await import('./fmt-command.ts');
      return (command, program, context, exit) =>
        registerFmt(command(program, 'fmt', 'format configurations; comments stay'), context, exit);
    },
  },
  {
    names: ['doctor'],
    async load() {
      const { registerDoctor } = await import('./doctor/doctor-command.ts');
      return (command, program, context, exit) =>
        registerDoctor(command(program, 'doctor', 'look at what surrounds a configuration'), context, exit);
    },
  },
];

/** What the help puts together; a command that stands nowhere here comes last. */
const headings: Readonly<Record<string, readonly string[]>> = {
  'Write and check a configuration:': ['init', 'import', 'validate', 'fmt', 'test', 'schema', 'doctor'],
  'Ask what would be decided:': ['whatif', 'can', 'diff', 'simulate'],
  'Run it:': ['run', 'status', 'routes', 'reload', 'rollout', 'whoami', 'service'],
  'See what was decided:': ['tail', 'explain', 'who-can', 'access', 'audit'],
  'Take access away, and give it back:': [
    'sessions',
    'lock',
    'unlock',
    'locks',
    'people',
    'browsers',
    'risk',
    'device',
  ],
  'Keep it:': ['state'],
};

/** The heading that the help lists a command under. */
export function headingOf(name: string): string {
  return Object.entries(headings).find(([, names]) => names.includes(name))?.[0] ?? 'Help:';
}
