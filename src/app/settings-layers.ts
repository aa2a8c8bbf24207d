import type { Crew } from '../protocol/agent-spec.ts';
import type { SettingName, Settings } from '../protocol/settings.ts';

/** Settings from one place, with the way its fields are called in errors. */
export interface SettingsLayer {
  readonly settings: Settings;
  readonly label: (name: SettingName) => string;
  /** All roles, already read; stands where SPECs of each role would. */
  readonly crew?: Crew;
}

export type Found<K extends SettingName> = {
  readonly value: NonNullable<Settings[K]>;
  readonly label: string;
};

/** Only the highest layer that says something about a field counts. */
export function find<K extends SettingName>(layers: readonly SettingsLayer[], name: K): Found<K> | null {
  for (const layer of layers) {
    const value = layer.settings[name];
    if (value !== undefined && value !== null) return { value, label: layer.label(name) };
  }
  return null;
}
