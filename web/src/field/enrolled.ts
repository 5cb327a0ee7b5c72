const WAS_HERE = "machimori-field-enrolled";

/** Whether this phone was registered once, also when its storage has been emptied since. */
export function wasHere(): boolean {
  try {
    return localStorage.getItem(WAS_HERE) !== null;
  } catch {
    return false;
  }
}

export function rememberHere(): void {
  try {
    localStorage.setItem(WAS_HERE, "1");
  } catch {
    // Then an emptied storage looks like a first visit.
  }
}
