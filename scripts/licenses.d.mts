/** What tests use of licenses.mjs. */
export interface ForeignPackage {
  readonly name: string;
  readonly version: string;
  /** As in SPDX. */
  readonly license: string;
  readonly repository: string;
  readonly texts: readonly string[];
}

export function isAllowed(license: string): boolean;
export function licenseText(packages: readonly ForeignPackage[], notes?: readonly string[]): string;
