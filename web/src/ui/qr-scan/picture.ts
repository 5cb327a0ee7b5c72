import type { Pixels } from "./decode";

/** Enough for a card at arm's length; more only takes longer on an old phone. */
const FRAME_PX = 800;
/** A photo may hold the code small. */
const PHOTO_PX = 1600;

/** Draws into one canvas that is kept, for each frame needs one. */
export class Frames {
  private readonly canvas = document.createElement("canvas");

  of(video: HTMLVideoElement): Pixels {
    return this.draw(video, video.videoWidth, video.videoHeight, FRAME_PX);
  }

  ofPhoto(image: HTMLImageElement): Pixels {
    return this.draw(image, image.naturalWidth, image.naturalHeight, PHOTO_PX);
  }

  private draw(source: CanvasImageSource, width: number, height: number, most: number): Pixels {
    const scale = Math.min(1, most / Math.max(width, height, 1));
    const { canvas } = this;
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) return { data: new Uint8ClampedArray(4), width: 1, height: 1 };
    context.drawImage(source, 0, 0, canvas.width, canvas.height);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  }
}

/** A photo out of the phone's files, as something that can be drawn. */
export function loadPhoto(file: File): Promise<HTMLImageElement> {
  const address = URL.createObjectURL(file);
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error("no picture"));
    image.src = address;
  }).finally(() => URL.revokeObjectURL(address)) as Promise<HTMLImageElement>;
}
