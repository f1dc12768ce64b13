import { type CommandLineOptions, commandContext, runCommandLine } from './command-line.ts';
import { stateKey, type World } from './world.ts';

/** As on the machine of an administrator, where the secrets are that the world's file names. */
function besideWorld(world: World): CommandLineOptions {
  const env = { ADMIN_TOKEN: world.adminToken, STATE_KEY: stateKey, CLIENT_SECRET: world.provider.clientSecret };
  return { env, now: Date.now };
}

/** What a command is given that an administrator types. */
export const contextBeside = (world: World) => commandContext(besideWorld(world));

/** A command, as an administrator types it. */
export const runBeside = (world: World, args: readonly string[], options: CommandLineOptions = {}) =>
  runCommandLine(args, { ...besideWorld(world), ...options });

/** The same, with the words that lead to the running server. */
export const askServer = (world: World, args: readonly string[], options: CommandLineOptions = {}) =>
  runBeside(world, [...args, '-c', world.file, '--admin', world.adminUrl('')], options);
