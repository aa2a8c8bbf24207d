/** A folder or file of this machine that a container works with, on an engine that has no such paths. */
export interface ShippedMount {
  readonly source: string;
  /** Absolute path inside. */
  readonly target: string;
  readonly readonly: boolean;
  readonly isFile: boolean;
}

/** What becomes one volume of the engine. */
export interface ShippedFolder {
  /** Null: it holds nothing but single files of other folders. */
  readonly source: string | null;
  readonly places: readonly { readonly target: string; readonly readonly: boolean }[];
  /** Sources of single files that are mounted in it, by their paths in it. They lie over what the folder itself has there. */
  readonly files: ReadonlyMap<string, string>;
  /** Paths in it at which other folders are mounted. */
  readonly folders: readonly string[];
}

/** Paths in a folder that are not its own: never sent from it, and never brought back into it. */
export const foreignPaths = ({
  files,
  folders,
}: Pick<ShippedFolder, 'files' | 'folders'>): readonly string[] => [...files.keys(), ...folders];

export const isWritable = ({ places }: Pick<ShippedFolder, 'places'>): boolean =>
  places.some(({ readonly }) => !readonly);

/**
 * Volumes are folders, so that single files go into the folder that they are mounted in, or into one made for them. One
 * folder that is mounted at two places is one volume.
 */
export function planShipping(mounts: readonly ShippedMount[]): readonly ShippedFolder[] {
  const folders = mounts.filter((mount) => !mount.isFile && !mounts.some((outer) => isPartOf(mount, outer)));
  const drafts = new Map<string, Draft>();
  for (const { source, target, readonly } of folders)
    draftAt(drafts, source, source).places.push({ target, readonly });
  for (const { source, target } of mounts.filter(({ isFile }) => isFile)) {
    const found = placeAround([...drafts.values()], target);
    const folder = found?.draft ?? draftAt(drafts, `files of ${parentOf(target)}`, null);
    if (found === null) folder.places.push({ target: parentOf(target), readonly: true });
    folder.files.set(target.slice((found?.target ?? parentOf(target)).length + 1), source);
  }
  const all = [...drafts.values()];
  for (const { places } of all)
    for (const { target } of places) {
      const around = placeAround(all, target);
      around?.draft.folders.add(target.slice(around.target.length + 1));
    }
  return all.map((draft) => ({ ...draft, folders: [...draft.folders] }));
}

interface Draft {
  readonly source: string | null;
  readonly places: { target: string; readonly: boolean }[];
  readonly files: Map<string, string>;
  readonly folders: Set<string>;
}

function draftAt(drafts: Map<string, Draft>, key: string, source: string | null): Draft {
  const known = drafts.get(key);
  if (known) return known;
  const draft = { source, places: [], files: new Map(), folders: new Set<string>() };
  drafts.set(key, draft);
  return draft;
}

/** The innermost folder around a path. */
function placeAround(
  drafts: readonly Draft[],
  path: string,
): { readonly draft: Draft; readonly target: string } | null {
  let found: { readonly draft: Draft; readonly target: string } | null = null;
  for (const draft of drafts)
    for (const { target } of draft.places)
      if (isBelow(path, target) && target.length > (found?.target.length ?? 0)) found = { draft, target };
  return found;
}

/** A folder that comes with the one around it. */
const isPartOf = (inner: ShippedMount, outer: ShippedMount): boolean =>
  !outer.isFile &&
  isBelow(inner.source, outer.source) &&
  inner.target === `${outer.target}${inner.source.slice(outer.source.length)}`;

const isBelow = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** What may be sent to an engine elsewhere, or come back from it, in one folder. */
export interface ShippingLimits {
  readonly bytes: number;
  readonly entries: number;
}

export const SHIPPING_LIMITS: ShippingLimits = { bytes: 4 * 1024 ** 3, entries: 500_000 };

/** What the one that writes while it runs may hold to be looked at meanwhile. */
export const LIVE_LIMITS: ShippingLimits = { bytes: 8 * 1024 ** 2, entries: 1000 };

/** One sentence on a folder that is too large. */
export const tooLargeToShip = (folder: string, { bytes, entries }: ShippingLimits): string =>
  `${folder} holds more than ${Math.round(bytes / 1024 ** 2)} MB or ${entries} files, which is more than is copied to or from a container engine on another machine; make it smaller, or use an engine on this machine.`;
