import { getBuiltinModule } from 'node:process';

/** The methods that Node's parser takes. Not by `import`: that would load more than this (src/http/node-http.ts). */
export const knownMethods: readonly string[] = getBuiltinModule('node:http').METHODS;
