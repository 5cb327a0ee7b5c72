/**
 * The phone's database. `outbox` holds what must leave the phone and is never emptied but by a receipt; `sent` keeps
 * receipted items, still sealed, in case the server is restored to an earlier day and asks for them again;
 * `record` holds the volunteer's own readable copies, sealed under the PIN; `meta` holds single facts by name.
 */
export type StoreName = "meta" | "outbox" | "sent" | "record";

const NAME = "machimori-field";
/** Raise only with an upgrade that carries every waiting item over. */
const VERSION = 1;

export interface Db {
  /** Runs `work` in one transaction; resolves after it is durable. `work` may await only requests of this transaction. */
  write<T>(stores: StoreName[], work: (tx: Tx) => Promise<T>): Promise<T>;
  read<T>(stores: StoreName[], work: (tx: Tx) => Promise<T>): Promise<T>;
  close(): void;
}

/** One transaction's view of the stores. */
export interface Tx {
  get<T>(store: StoreName, key: string): Promise<T | undefined>;
  all<T>(store: StoreName): Promise<T[]>;
  count(store: StoreName): Promise<number>;
  put(store: StoreName, value: unknown, key?: string): Promise<void>;
  remove(store: StoreName, key: string): Promise<void>;
  clear(store: StoreName): Promise<void>;
}

/** Opens (and on first use makes) the database. `onOutdated` is called when a newer version of the app wants to open it. */
export function openDb(onOutdated: () => void = () => {}, name = NAME): Promise<Db> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, VERSION);
    opening.onupgradeneeded = () => {
      const db = opening.result;
      db.createObjectStore("meta");
      for (const store of ["outbox", "sent", "record"]) {
        db.createObjectStore(store, { keyPath: "id" });
      }
    };
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const db = opening.result;
      db.onversionchange = () => {
        db.close();
        onOutdated();
      };
      resolve({
        write: (stores, work) => transact(db, stores, "readwrite", work),
        read: (stores, work) => transact(db, stores, "readonly", work),
        close: () => db.close(),
      });
    };
  });
}

function transact<T>(
  db: IDBDatabase,
  stores: StoreName[],
  mode: IDBTransactionMode,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    // Strict: the promise below means "on the disk", not "in the browser's memory".
    const tx = db.transaction(stores, mode, { durability: "strict" });
    let result: T;
    tx.oncomplete = () => resolve(result);
    tx.onabort = () => reject(tx.error ?? new Error("the phone's storage refused the change"));
    tx.onerror = () => reject(tx.error);
    work({
      get: (store, key) => done(tx.objectStore(store).get(key)),
      all: (store) => done(tx.objectStore(store).getAll()),
      count: (store) => done(tx.objectStore(store).count()),
      put: (store, value, key) => done(tx.objectStore(store).put(value, key)).then(() => {}),
      remove: (store, key) => done(tx.objectStore(store).delete(key)).then(() => {}),
      clear: (store) => done(tx.objectStore(store).clear()).then(() => {}),
    }).then(
      (value) => {
        result = value;
      },
      (problem) => {
        reject(problem);
        try {
          tx.abort();
        } catch {
          // Already over: the rejection above tells the caller.
        }
      },
    );
  });
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
