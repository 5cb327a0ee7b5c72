import { generate } from "lean-qr";
import { describe, expect, it } from "vitest";
import { library, type Pixels } from "./decode";
import { OncePerCode } from "./watch";

/** A QR code as a camera might see it: dark on light, with a margin, each module several pixels. */
function pictureOf(text: string, module = 5): Pixels {
  const code = generate(text);
  const side = (code.size + 8) * module;
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (!code.get(Math.floor(x / module) - 4, Math.floor(y / module) - 4)) continue;
      data.fill(0, (y * side + x) * 4, (y * side + x) * 4 + 3);
    }
  }
  return { data, width: side, height: side };
}

describe("reading a code", () => {
  const nothing = null as unknown as CanvasImageSource;

  it("reads an address with a token, and a card, out of a picture", async () => {
    const decoder = await library();
    for (const text of ["https://machimori.example/field/#v=J7K2-9QWX", "MC1:K7QX-2345-9WTR"]) {
      expect(await decoder.read(nothing, () => pictureOf(text))).toBe(text);
    }
  });

  it("finds nothing in a picture without a code, and says so without an error", async () => {
    const decoder = await library();
    const blank = { data: new Uint8ClampedArray(200 * 200 * 4).fill(255), width: 200, height: 200 };
    expect(await decoder.read(nothing, () => blank)).toBeNull();
  });
});

describe("a code that stays before the camera", () => {
  it("is heard once, and again after it was away for a while", () => {
    const once = new OncePerCode();
    expect(once.isNew("A", 0)).toBe(true);
    expect(once.isNew("A", 150)).toBe(false);
    expect(once.isNew("A", 2900)).toBe(false);
    expect(once.isNew("A", 5800)).toBe(false);
    expect(once.isNew("A", 9000)).toBe(true);
  });

  it("gives way to the next one at once", () => {
    const once = new OncePerCode();
    expect(once.isNew("A", 0)).toBe(true);
    expect(once.isNew("B", 150)).toBe(true);
    expect(once.isNew("A", 300)).toBe(true);
  });
});
