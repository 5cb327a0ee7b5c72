/** What is looked at: one frame of the camera, or a picture out of a file. */
export interface Pixels {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}

/** Finds the text of a QR code, or nothing. */
export interface Decoder {
  read(source: CanvasImageSource, pixels: () => Pixels): Promise<string | null>;
}

/** The part of the browser's own reader that we use (Chrome on Android; not on Safari, not on desks with Linux). */
interface BrowserDetector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>;
}
interface BrowserDetectorClass {
  new (options: { formats: string[] }): BrowserDetector;
  getSupportedFormats(): Promise<string[]>;
}

/** The browser's own reader where it has one that knows QR codes, else ours, fetched only then. */
export async function makeDecoder(): Promise<Decoder> {
  return (await browsersOwn()) ?? library();
}

async function browsersOwn(): Promise<Decoder | null> {
  const known = globalThis as { BarcodeDetector?: BrowserDetectorClass };
  if (!known.BarcodeDetector) return null;
  try {
    const formats = await known.BarcodeDetector.getSupportedFormats();
    if (!formats.includes("qr_code")) return null;
    const detector = new known.BarcodeDetector({ formats: ["qr_code"] });
    return {
      async read(source) {
        const found = await detector.detect(source);
        return found[0]?.rawValue ?? null;
      },
    };
  } catch {
    return null;
  }
}

/** Our own reader. What is in a picture that holds no code is no error. */
export async function library(): Promise<Decoder> {
  const { decodeQR } = await import("qr/decode.js");
  return {
    async read(_source, pixels) {
      try {
        return decodeQR(pixels(), { timeLimit: 60 }) || null;
      } catch {
        return null;
      }
    },
  };
}
