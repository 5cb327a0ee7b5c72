import { fromBase64url, toBase64url, utf8 } from "./bytes";
import type { Db } from "./db";
import type { Device } from "./device";
import { type OutboxItem, waiting } from "./outbox";
import type { SealedItem } from "./seal";

/** What the phone signs when it gives its items away. `ids_sha256`: over the ids in order, each with a line feed. */
export interface Manifest {
  device: string;
  /** By the phone's own clock. */
  made_at: string;
  count: number;
  ids_sha256: string;
  sig: string;
}

/** What another phone or the console carries: sealed items, and the phone's word that these are all. */
export interface CarriedFile {
  machimori: "carried";
  v: 1;
  manifest: Manifest;
  items: SealedItem[];
}

const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;

/** Everything that waits here, as a file to be carried. The items stay until a receipt names them. */
export async function makeFile(db: Db, device: Device, nowMs = Date.now()): Promise<CarriedFile> {
  const items = (await waiting(db)).map((item) => item.sealed);
  const unsigned = {
    device: device.id,
    made_at: new Date(nowMs).toISOString(),
    count: items.length,
    ids_sha256: await digestOf(items),
  };
  const sig = await crypto.subtle.sign(SIGNATURE, device.privateKey, utf8(signedText(unsigned)));
  return {
    machimori: "carried",
    v: 1,
    manifest: { ...unsigned, sig: toBase64url(sig) },
    items,
  };
}

function signedText(m: Omit<Manifest, "sig">): string {
  return ["machimori-carried-v1", m.device, m.made_at, m.count, m.ids_sha256].join("\n");
}

async function digestOf(items: { id: string }[]): Promise<string> {
  const text = items.map((item) => `${item.id}\n`).join("");
  return toBase64url(await crypto.subtle.digest("SHA-256", utf8(text)));
}

/** Hands the file to the browser to be kept. */
export function saveFile(file: CarriedFile): void {
  const blob = new Blob([JSON.stringify(file)], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `machimori-carried-${file.manifest.made_at.slice(0, 16).replace(/\D/g, "")}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Reads a file; null when it is none, or something is missing from it. */
export async function readFile(text: string): Promise<CarriedFile | null> {
  try {
    const file = JSON.parse(text) as CarriedFile;
    const isOurs = file.machimori === "carried" && file.v === 1 && Array.isArray(file.items);
    if (!isOurs || file.items.length !== file.manifest.count) return null;
    return (await digestOf(file.items)) === file.manifest.ids_sha256 ? file : null;
  } catch {
    return null;
  }
}

/** Takes another phone's items into this one's outbox: they leave with its own. Returns how many were news. */
export function takeAlong(db: Db, device: Device, file: CarriedFile): Promise<number> {
  return db.write(["outbox", "sent"], async (tx) => {
    let fresh = 0;
    for (const sealed of file.items) {
      const isKnown =
        sealed.device === device.id ||
        (await tx.get("outbox", sealed.id)) !== undefined ||
        (await tx.get("sent", sealed.id)) !== undefined;
      if (isKnown) continue;
      fresh += 1;
      await tx.put("outbox", {
        format: 1,
        id: sealed.id,
        atMs: Date.parse(file.manifest.made_at) || 0,
        // Nobody but the server can read it; its own phone goes on calling.
        isRescue: false,
        isOpening: false,
        isDrill: false,
        sealed,
      } satisfies OutboxItem);
    }
    return fresh;
  });
}

/** What this phone carries for others: still here, and delivered. */
export async function carriedHere(
  db: Db,
  device: Device,
): Promise<{ waiting: number; sent: number }> {
  const [outbox, sent] = await db.read(["outbox", "sent"], async (tx) => [
    await tx.all<OutboxItem>("outbox"),
    await tx.all<OutboxItem>("sent"),
  ]);
  const others = (items: OutboxItem[]) =>
    items.filter((item) => item.sealed.device !== device.id).length;
  return { waiting: others(outbox), sent: others(sent) };
}

/** So much of the file fits into one code that an old phone shows and reads without trouble. */
const FRAME_CHARS = 500;

/** A file as a series of codes: `MM1.<which>.<number>.<of>.<part>`. */
export async function toFrames(file: CarriedFile): Promise<string[]> {
  const packed = await pack(JSON.stringify(file));
  const which = file.manifest.sig.slice(0, 6);
  const count = Math.max(1, Math.ceil(packed.length / FRAME_CHARS));
  return Array.from({ length: count }, (_, n) => {
    const part = packed.slice(n * FRAME_CHARS, (n + 1) * FRAME_CHARS);
    return ["MM1", which, n + 1, count, part].join(".");
  });
}

/** Collects the codes of one series, in whatever order the camera catches them. */
export class Collector {
  private which = "";
  private parts: (string | undefined)[] = [];

  /** False: no code of a series. A code of another series begins anew. */
  add(text: string): boolean {
    const found = /^MM1\.([\w-]{6})\.(\d{1,3})\.(\d{1,3})\.([\w-]+)$/.exec(text);
    if (!found) return false;
    const [, which = "", number = "", count = "", part = ""] = found;
    if (which !== this.which || Number(count) !== this.parts.length) {
      this.which = which;
      this.parts = Array.from({ length: Number(count) });
    }
    this.parts[Number(number) - 1] = part;
    return true;
  }

  get total(): number {
    return this.parts.length;
  }

  get read(): number {
    return this.parts.filter((part) => part !== undefined).length;
  }

  /** The file, once every code was read. */
  async file(): Promise<CarriedFile | null> {
    if (this.total === 0 || this.read < this.total) return null;
    try {
      return await readFile(await unpack(this.parts.join("")));
    } catch {
      return null;
    }
  }
}

async function pack(text: string): Promise<string> {
  if (typeof CompressionStream === "undefined") return `0${toBase64url(utf8(text).buffer)}`;
  return `1${toBase64url(await through(utf8(text), new CompressionStream("deflate-raw")))}`;
}

async function unpack(packed: string): Promise<string> {
  const bytes = fromBase64url(packed.slice(1));
  if (packed.startsWith("0")) return new TextDecoder().decode(bytes);
  return new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw")));
}

function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<ArrayBuffer> {
  return new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer();
}

/** Parts of a file that the server takes at once. */
export function* uploads(file: CarriedFile): Generator<SealedItem[]> {
  let part: SealedItem[] = [];
  let bytes = 0;
  for (const item of file.items) {
    const size = JSON.stringify(item).length + 1;
    if (part.length > 0 && (part.length >= 200 || bytes + size > 200 * 1024)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(item);
    bytes += size;
  }
  if (part.length > 0) yield part;
}
