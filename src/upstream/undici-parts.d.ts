// What a pool needs of undici: its index loads fetch, caches, mocks and more, 84 files and 14 MB that nothing here asks for.
// These files have no types of their own.

declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici';

  export default Pool;
}

declare module 'undici/lib/core/connect.js' {
  import { buildConnector } from 'undici';

  export default buildConnector;
}

declare module 'undici/lib/core/symbols.js' {
  export const kParser: unique symbol;
  export const kSocket: unique symbol;
}
