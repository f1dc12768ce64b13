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

// Node finds no names in what this one exports, jest does: only the whole of it can be imported.
declare module 'undici/lib/core/symbols.js' {
  const symbols: { readonly kParser: symbol; readonly kSocket: symbol };

  export default symbols;
}
