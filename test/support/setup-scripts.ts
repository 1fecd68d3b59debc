interface SetupScripts {
  /** Throws where the version of Node is too old. */
  checkNode(version: string): void;
  arePackagesInstalled(folder: string): boolean;
  isBuilt(folder: string): boolean;
  digestOfSources(folder: string): string;
  stampBuild(folder: string, digest: string): void;
  findSkipped(report: unknown): string[];
}

const scripts = new URL('../../scripts/', import.meta.url);

/** The functions of the setup and test scripts. They are plain JavaScript outside src/, so their types are stated here. */
export async function loadSetupScripts(): Promise<SetupScripts> {
  const modules = await Promise.all(
    ['setup.mjs', 'test.mjs'].map((file) => import(new URL(file, scripts).href) as Promise<object>),
  );
  return Object.assign({}, ...modules) as SetupScripts;
}
