/** What a surface's service worker needs of its surroundings; the DOM's types do not have them. */
export interface WorkerScope {
  addEventListener(type: "install" | "activate", listener: (event: LifeEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchedEvent) => void): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  location: Location;
}

interface LifeEvent {
  waitUntil(work: Promise<unknown>): void;
}

interface FetchedEvent extends LifeEvent {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}

/**
 * Message by which the page lets a waiting version take over; sent only when its user pressed 「新しくする」.
 * A type, not a value: a value shared with the page would become a chunk that the worker has to import.
 */
export type TakeOver = "take-over";
const TAKE_OVER: TakeOver = "take-over";

/**
 * Keeps one version of a surface's static files (never an answer of the API, never personal data) and serves the page
 * from them. A new version waits until the user asks for it; the outbox is not the worker's business.
 */
export function keepStaticFiles(
  self: WorkerScope,
  surface: string,
  version: string,
  files: string[],
) {
  const page = `/${surface}/`;
  const prefix = `machimori-${surface}-`;
  const name = prefix + version;

  self.addEventListener("install", (event) => {
    // `reload`: the worker's copies come from the server, not from a cache that may hold yesterday's page.
    const fresh = files.map((file) => new Request(file, { cache: "reload" }));
    event.waitUntil(caches.open(name).then((cache) => cache.addAll(fresh)));
  });

  self.addEventListener("activate", (event) => {
    const tidy = caches
      .keys()
      .then((keys) =>
        Promise.all(
          keys
            .filter((key) => key.startsWith(prefix) && key !== name)
            .map((key) => caches.delete(key)),
        ),
      );
    event.waitUntil(tidy.then(() => self.clients.claim()));
  });

  self.addEventListener("message", (event) => {
    if (event.data === TAKE_OVER) void self.skipWaiting();
  });

  self.addEventListener("fetch", (event) => {
    const url = new URL(event.request.url);
    if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
    const isPage = event.request.mode === "navigate" && url.pathname === page;
    if (!isPage && !files.includes(url.pathname)) return;
    const kept = caches
      .open(name)
      .then((cache) => cache.match(isPage ? page : url.pathname))
      .then((found) => found ?? fetch(event.request));
    event.respondWith(kept);
  });
}
