import type { Key } from "./ja";

export default { title: "Headquarters" } satisfies Record<Key, string>;
