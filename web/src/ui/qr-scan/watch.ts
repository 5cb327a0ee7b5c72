/** The same code in front of the camera is read once, until it was away for so long or another came. */
const AGAIN_MS = 3000;

/** Lets a code that stays in the picture through once. */
export class OncePerCode {
  private last = "";
  private seenMs = Number.NEGATIVE_INFINITY;

  isNew(text: string, nowMs: number): boolean {
    const isSame = text === this.last && nowMs - this.seenMs < AGAIN_MS;
    this.last = text;
    this.seenMs = nowMs;
    return !isSame;
  }
}
