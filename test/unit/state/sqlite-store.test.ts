import { describeStateStore } from '../../support/state-contract.ts';
import { createStateFolder } from '../../support/state-folder.ts';

describeStateStore('SQLite', (now) => createStateFolder(now));
