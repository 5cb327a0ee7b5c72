import type { Key } from "./ja";

export default { title: "Places to go near you" } satisfies Record<Key, string>;
