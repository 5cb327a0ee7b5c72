/** A shaking hand, or one used to double-clicking, taps again within this. */
const AGAIN_MS = 500;
/** Fingers come down this far from where they were, in CSS pixels. */
const NEAR_PX = 32;
/** More than the strip above the list grows by: then the page was scrolled on purpose. */
const SCROLLED_PX = 200;

interface Tap {
  atMs: number;
  x: number;
  y: number;
  /** How far down the page is. A page just gone to stands at 0. */
  scrolled: number;
}

/**
 * Tells a second tap that was meant as part of the first. What lies under the finger may be another page by then: もどす where
 * 無事 was, a call for rescue where 助けが必要 was. Typing in between makes the next tap a new one.
 */
export class DoubleTaps {
  private last: Tap | null = null;

  /** Whether this tap belongs to the one before it; then it must do nothing. */
  isAgain(tap: Tap): boolean {
    const { last } = this;
    const isAgain =
      last !== null &&
      tap.atMs - last.atMs < AGAIN_MS &&
      Math.hypot(tap.x - last.x, tap.y - last.y) <= NEAR_PX &&
      (tap.scrolled === 0 || Math.abs(tap.scrolled - last.scrolled) < SCROLLED_PX);
    this.last = tap;
    return isAgain;
  }

  forget(): void {
    this.last = null;
  }
}

/** Lets no second tap through to the page. Keys and screen readers press without a place and are left alone. */
export function holdDoubleTaps(): void {
  const taps = new DoubleTaps();
  addEventListener("input", () => taps.forget(), true);
  addEventListener(
    "click",
    (event) => {
      const isPlaced = event.detail > 0;
      if (!isPlaced) return;
      const tap = { x: event.clientX, y: event.clientY, scrolled: scrollY };
      if (!taps.isAgain({ atMs: event.timeStamp, ...tap })) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
}
