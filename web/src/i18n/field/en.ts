import type { Key } from "./ja";

export default { title: "Safety check" } satisfies Record<Key, string>;
