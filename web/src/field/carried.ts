import type { CarriedFile } from "../offline/carry";
import { app, sendNow, storage } from "./app";

/** Everything that waits, as another phone or the console can carry it. The items stay here until a receipt names them. */
export async function carriedFile(): Promise<CarriedFile | null> {
  const { device } = app.get();
  if (!device) return null;
  const { makeFile } = await import("../offline/carry");
  return makeFile(storage(), device);
}

/** Takes another phone's items along, and tries to send them. Returns how many were news. */
export async function takeCarried(file: CarriedFile): Promise<number> {
  const { device } = app.get();
  if (!device) return 0;
  const { takeAlong } = await import("../offline/carry");
  const fresh = await takeAlong(storage(), device, file);
  sendNow();
  return fresh;
}

/** What this phone carries for others: still here, and delivered. */
export async function carriedCounts(): Promise<{ waiting: number; sent: number }> {
  const { device } = app.get();
  if (!device) return { waiting: 0, sent: 0 };
  const { carriedHere } = await import("../offline/carry");
  return carriedHere(storage(), device);
}

/** Writes what waits into a file that another phone or the console can carry. */
export async function keepAsFile(): Promise<void> {
  const carried = await carriedFile();
  if (!carried) return;
  const { saveFile } = await import("../offline/carry");
  saveFile(carried);
}
