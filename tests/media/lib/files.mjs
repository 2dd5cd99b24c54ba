import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/// Where what was fetched lies.
export const files = fileURLToPath(new URL('../../../build/media-files', import.meta.url));

export const path = (name) => join(files, name);

/// Every file below a folder.
export function all(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const at = join(folder, entry.name);
    return entry.isDirectory() ? all(at) : entry.isFile() && statSync(at).size > 0 ? [at] : [];
  });
}

/// A folder of this run, gone with it.
export function scratch(test) {
  const folder = mkdtempSync(join(tmpdir(), 'waystation-media-'));
  test.after(() => rmSync(folder, { recursive: true }));
  return {
    folder,
    at: (name) => join(folder, name),
    write(name, bytes) {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    },
  };
}
