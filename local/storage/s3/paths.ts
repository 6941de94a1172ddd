/**
 * How keys of objects become paths of files. Each part between slashes is percent-encoded, so that no key leaves its bucket's
 * folder and every key can be read back. `%o` and `%m` mark an object and its metadata: no encoded text ends in them, so an
 * object `a` and objects below `a/` live side by side.
 */
const objectEnd = '%o';
const metadataEnd = '%m';
const emptyPart = '%e';
/** File systems take names of 255 bytes. */
const maxNameBytes = 255 - objectEnd.length;

/** @returns path of an object below its bucket's folder; undefined when a part of the key is too long for a file name */
export function pathOf(key: string): string | undefined {
  const parts = key.split('/').map(encodePart);
  return parts.some((part) => part.length > maxNameBytes) ? undefined : `${parts.join('/')}${objectEnd}`;
}

export const metadataPathOf = (objectPath: string): string => `${objectPath.slice(0, -objectEnd.length)}${metadataEnd}`;

/** Name of a folder that holds the keys below one part. */
export const encodePart = (part: string): string =>
  part === '' ? emptyPart : encodeURIComponent(part).replace(/[!'()*~]|^\./g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** @returns the part of a key that a folder stands for */
export const partOfFolder = (name: string): string => (name === emptyPart ? '' : decodeURIComponent(name));

/** @returns the last part of a key, or undefined for a file that is no object */
export const partOfFile = (name: string): string | undefined => (name.endsWith(objectEnd) ? partOfFolder(name.slice(0, -objectEnd.length)) : undefined);
