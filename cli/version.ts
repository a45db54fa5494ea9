/** Which mmucheck this is. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The version of the package. */
export function version(): string {
  const manifest = fileURLToPath(import.meta.resolve('mmucheck/package.json'));
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
